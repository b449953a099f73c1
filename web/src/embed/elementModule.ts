import type { EmitEvent } from "../lib/emit";

/** What an element passes to its content. */
export interface ElementProps {
  /** The element's attributes, by name. */
  attributes: Readonly<Record<string, string>>;
  emit: EmitEvent;
  /** To be called once there is something to see in place of the element's children, or a failure to show with them. */
  ready: (failed: boolean) => void;
}

/** Content that is mounted into an element. */
export interface Mounted {
  unmount: () => void;
  open?: (id: string) => Promise<void>;
  refresh?: () => Promise<void>;
  reset: () => void;
}

/** The lazily loaded content of one element. */
export interface ElementModule {
  /** Loads the texts; the first element of a page decides the language of all. */
  loadLocale(asked: string | null): Promise<void>;
  /** Loads the texts of another language; reports whether it is another. */
  changeLocale(asked: string | null): Promise<boolean>;
  /** Mounts into the shadow root. */
  mountInto(root: ShadowRoot, props: ElementProps): Mounted;
}
