// The stories that were sent from this browser. Their tokens cannot be got again,
// so they stay until the visitor removes them or the story is withdrawn.
import { recall, remember } from "./local";

export interface SentStory {
  id: string;
  /** Opens the story's private page; anybody who has it can withdraw the story. */
  token: string;
  /** The campaign's slug. */
  campaign: string;
  title: string;
  /** When it was sent, in milliseconds since 1970. */
  at: number;
}

const kept = 50;

/** Newest first; of all campaigns without `campaign`. */
export const sentStories = (campaign?: string): SentStory[] =>
  (recall<SentStory[]>("sent") ?? []).filter((s) => !campaign || s.campaign === campaign);

export const sentStory = (id: string): SentStory | undefined => sentStories().find((s) => s.id === id);

export const addSentStory = (story: SentStory): void =>
  remember("sent", [story, ...sentStories().filter((s) => s.id !== story.id)].slice(0, kept));

export const dropSentStory = (id: string): void =>
  remember(
    "sent",
    sentStories().filter((s) => s.id !== id),
  );
