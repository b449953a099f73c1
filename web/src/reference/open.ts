// Opens and closes the forms of the reference; loaded when the first is asked for.
import { mount, unmount } from "svelte";
import { origin } from "../lib/client";
import { session } from "../lib/session.svelte";
import { type OpenAPI, operationIn } from "./operation";
import TryIt from "./TryIt.svelte";

let loading: Promise<OpenAPI> | undefined;

/** The service's document, read once; a failed reading is repeated by the next caller. */
function documentOnce(): Promise<OpenAPI> {
  loading ??= fetch(`${origin}/openapi.json`).then((response) => {
    if (!response.ok) throw new Error(`openapi.json: ${response.status}`);
    return response.json() as Promise<OpenAPI>;
  });
  loading.catch(() => (loading = undefined));
  return loading;
}

const open = new WeakMap<HTMLElement, () => void>();

/**
 * Opens the form of the operation that `place` is for, below its button, or closes it. The texts of the reference have
 * been loaded. Rejects without a connection.
 */
export async function toggle(place: HTMLElement, button: HTMLButtonElement): Promise<void> {
  const opened = open.get(place);
  if (opened) return opened();
  const operation = operationIn(await documentOnce(), place.dataset.operation ?? "");
  if (!operation) throw new Error(`openapi.json has no ${place.dataset.operation}`);
  if (operation.schemes.includes("session")) await session.load();
  if (open.has(place)) return; // pressed twice
  const form = mount(TryIt, {
    target: place,
    props: {
      operation,
      name: place.dataset.name ?? "",
      example: document.getElementById(`${operation.id}-example`)?.textContent ?? "",
      close: () => open.get(place)?.(),
    },
  });
  button.setAttribute("aria-expanded", "true");
  open.set(place, () => {
    open.delete(place);
    void unmount(form);
    button.setAttribute("aria-expanded", "false");
    button.focus();
  });
}
