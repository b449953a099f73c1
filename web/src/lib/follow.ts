// Live status of one story. EventSource cannot send the story's token, so the
// typed client's stream is read here; where something on the way holds streams
// back, the story is asked for every few seconds instead.
import { api, ask, bearer, Failure, failureOf, type Story } from "./client";
import { backoff, sleep, untilOnline } from "../browser/online.svelte";

/** States after which nothing happens by itself. */
const over = new Set<Story["state"]>(["failed", "expired", "erased"]);

const firstWord = 8_000; // milliseconds: the service speaks at once, so a silent stream is held back on its way
const silence = 45_000; // it pings every 15 seconds: after three missed the connection is dead
const pollEvery = 5_000;
/** States in which a story stays until a person decides otherwise: where it has to be asked for, it is asked for seldom. */
const settled = new Set<Story["state"]>(["published", "hidden", "rejected", "withdrawn"]);
const pollSettled = 60_000;

interface Event {
  name: string;
  data: string;
}

/** Fails when nothing comes for so long. */
async function within<T>(ms: number, wait: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>(
    (_, reject) => (timer = setTimeout(() => reject(new Failure({ code: "network" })), ms)),
  );
  return Promise.race([wait, late]).finally(() => clearTimeout(timer));
}

async function* events(stream: ReadableStream<Uint8Array>): AsyncGenerator<Event> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let rest = "";
  let patience = firstWord;
  try {
    for (;;) {
      const { done, value } = await within(patience, reader.read());
      if (done) return;
      patience = silence;
      rest += decoder.decode(value, { stream: true }).replaceAll("\r\n", "\n");
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const lines = block.split("\n").map((line) => line.split(/: ?(.*)/s, 2));
        const field = (name: string) =>
          lines
            .filter(([k]) => k === name)
            .map(([, v]) => v ?? "")
            .join("\n");
        yield { name: field("event") || "message", data: field("data") };
      }
    }
  } finally {
    void reader.cancel().catch(() => undefined); // it may have failed already
  }
}

/**
 * Calls `on` with the story at once and whenever it moves, over as many
 * connections as it takes. Ends when nothing more can happen; throws what
 * waiting cannot heal, such as a token that is not the story's.
 */
export async function follow(
  id: string,
  token: string,
  on: (story: Story) => void,
  signal: AbortSignal,
): Promise<void> {
  const params = { path: { id } };
  let heldBack = false;
  let known = ""; // each connection and each poll tells the story anew
  for (let attempt = 0; !signal.aborted; attempt++) {
    let last: Story | undefined;
    const hangUp = new AbortController();
    const take = (story: Story) => {
      last = story;
      attempt = 0;
      const now = `${story.version} ${story.progress}`;
      if (now !== known) on(story);
      known = now;
    };
    try {
      await untilOnline(signal);
      if (heldBack) {
        take(await ask(api.GET("/v1/stories/{id}", { params, signal, ...bearer(token) })));
      } else {
        const call = api.GET("/v1/stories/{id}/events", {
          params,
          parseAs: "stream",
          signal: AbortSignal.any([signal, hangUp.signal]),
          ...bearer(token),
        });
        const stream = await within(firstWord, ask(call));
        for await (const event of events(stream as ReadableStream<Uint8Array>))
          if (event.name === "story") take(JSON.parse(event.data) as Story);
      }
    } catch (cause) {
      const failure = failureOf(cause);
      if (signal.aborted) return;
      if (failure.status && !failure.passing) throw failure;
      heldBack ||= !last && navigator.onLine;
    } finally {
      hangUp.abort();
    }
    if (last && over.has(last.state)) return;
    await sleep(
      heldBack && last ? (settled.has(last.state) ? pollSettled : pollEvery) : backoff(attempt),
      signal,
    ).catch(() => undefined);
  }
}
