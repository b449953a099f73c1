import type { Tell } from "../contribute/tell";

/** What the page around says to an element. */
export interface Given {
  campaign: string;
  hashtag: string;
  tell: Tell;
}

/** One element's inside: shows itself, and returns how to go. */
export interface Part {
  /** Loads the words; the first element of a page decides the language of all. */
  speak(asked: string | null): Promise<void>;
  show(root: ShadowRoot, given: Given): () => void;
}
