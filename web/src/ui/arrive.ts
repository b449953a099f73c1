import { tick } from "svelte";

/**
 * Attachment of the heading of a section that replaces another one: moves the focus to it and scrolls it to the top,
 * after everything around it has its new size.
 */
export function arrive(heading: HTMLElement): void {
  heading.tabIndex = -1;
  void tick().then(() => {
    heading.focus({ preventScroll: true });
    heading.scrollIntoView({ block: "start" });
  });
}
