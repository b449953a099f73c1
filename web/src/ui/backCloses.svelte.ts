import { untrack } from "svelte";
import { Layer } from "../browser/layers";
import { origin } from "../lib/client";

/**
 * Lets the browser's Back close the component that calls this while it is created, under an address of its own. Pages
 * around an embedded element have a history of their own, which is left alone.
 */
export function backCloses(address: () => string, close: () => void): void {
  if (location.origin !== origin) return;
  const layer = new Layer(close);
  $effect(() => {
    const now = address();
    untrack(() => layer.show(now));
  });
  $effect(() => () => layer.end());
}
