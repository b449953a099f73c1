import type { Tell } from "../contribute/tell";

/** What the page around says to an element. */
export interface Given {
  campaign: string;
  hashtag: string;
  tell: Tell;
}

/** One element's inside: shows itself, and returns how to go. */
export interface Part {
  show(root: ShadowRoot, given: Given): () => void;
}
