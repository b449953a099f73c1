import type { EmitEvent } from "../contribute/events";

/** What an element passes to its content. */
export interface ElementProps {
  campaign: string;
  hashtag: string;
  emit: EmitEvent;
}

/** The lazily loaded content of one element. */
export interface ElementModule {
  /** Loads the texts; the first element of a page decides the language of all. */
  loadLocale(asked: string | null): Promise<void>;
  /** Mounts into the shadow root and returns a function that unmounts. */
  mountInto(root: ShadowRoot, props: ElementProps): () => void;
}
