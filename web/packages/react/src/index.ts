"use client";
// What programs import from "@storyreel/react".
import { elementOf, type ElementProps } from "./element.js";
import { type EventProps, feedEvents, uploadEvents } from "./events.js";

export type StoryreelUploadProps = ElementProps & EventProps<typeof uploadEvents>;

/** The form with which visitors send a video: `<storyreel-upload>`. */
export const StoryreelUpload = elementOf("storyreel-upload", uploadEvents);

interface FeedAttributes {
  /** Offered with the link when a visitor shares a story; without #. */
  hashtag?: string | undefined;
}
export type StoryreelFeedProps = ElementProps & FeedAttributes & EventProps<typeof feedEvents>;

/** The campaign's published stories: `<storyreel-feed>`. */
export const StoryreelFeed = elementOf<typeof feedEvents, FeedAttributes>("storyreel-feed", feedEvents, ["hashtag"]);
