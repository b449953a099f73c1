"use client";
// What programs import from "@storyreel/react".
import { elementOf, type ElementProps } from "./element.js";
import { type EventProps, feedEvents, uploadEvents } from "./events.js";

/** `<storyreel-upload>`; its methods are there once the script has loaded. */
export interface StoryreelUploadElement extends HTMLElement {
  /** Empties the form and shows its first step. */
  reset(): void;
}
/** `<storyreel-feed>`; its methods are there once the script has loaded. */
export interface StoryreelFeedElement extends HTMLElement {
  /** Plays the story in a dialog, whether the feed shows it or not; rejects where it is not public. */
  open(id: string): Promise<void>;
  /** Loads the feed again from its start. */
  refresh(): Promise<void>;
  /** Closes the story that is open and takes the visitor's filters away. */
  reset(): void;
}
declare global {
  interface HTMLElementTagNameMap {
    "storyreel-upload": StoryreelUploadElement;
    "storyreel-feed": StoryreelFeedElement;
  }
}

export type StoryreelUploadProps = ElementProps & EventProps<typeof uploadEvents>;

/** The form with which visitors send a video: `<storyreel-upload>`. */
export const StoryreelUpload = elementOf<typeof uploadEvents, StoryreelUploadElement>("storyreel-upload", uploadEvents);

interface FeedAttributes {
  /** Offered with the link when a visitor shares a story; without #. */
  hashtag?: string | undefined;
  /** Most stories shown, 1 to 100; without it, all page by page. */
  limit?: number | undefined;
  /** Stories from this country only, ISO 3166-1 alpha-2. */
  country?: string | undefined;
  /** By the time of publication; newest first by default. */
  sort?: "newest" | "oldest" | undefined;
  /** A grid by default; a row scrolls sideways. */
  layout?: "grid" | "row" | undefined;
}
export type StoryreelFeedProps = ElementProps & FeedAttributes & EventProps<typeof feedEvents>;

/** The campaign's published stories: `<storyreel-feed>`. */
export const StoryreelFeed = elementOf<typeof feedEvents, StoryreelFeedElement, FeedAttributes>(
  "storyreel-feed",
  feedEvents,
  ["hashtag", "limit", "country", "sort", "layout"],
);
