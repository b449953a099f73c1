// Live status of one story. EventSource cannot send the story's token, so the
// event stream is read with fetch; behind a proxy that buffers streams the
// story is polled instead.
import { StoryreelError } from "./error.js";
import { backoff, isOffline, sleep, untilOnline } from "./pause.js";
import type { Service, Story, StoryRef } from "./uploader.js";

/** States that only change by user action. */
const finalStates = new Set<Story["state"]>(["failed", "expired", "erased"]);

// milliseconds; the service sends the first event at once, so a silent stream is buffered by a proxy
const firstEventWithin = 8_000;
const silentFor = 45_000; // milliseconds; the service pings every 15 s, and three missed pings mean a dead connection
const pollEvery = 5_000;
/** States that change only when a person acts; polled rarely. */
const stable = new Set<Story["state"]>(["published", "hidden", "rejected", "withdrawn"]);
const pollStableEvery = 60_000;

interface Event {
  name: string;
  data: string;
}

/** Rejects when `wait` takes longer than `ms`. */
async function within<T>(ms: number, wait: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>(
    (_, reject) => (timer = setTimeout(() => reject(new StoryreelError({ code: "network" })), ms)),
  );
  return Promise.race([wait, late]).finally(() => clearTimeout(timer));
}

async function* events(stream: ReadableStream<Uint8Array>): AsyncGenerator<Event> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let rest = "";
  let timeout = firstEventWithin;
  try {
    for (;;) {
      const { done, value } = await within(timeout, reader.read());
      if (done) return;
      timeout = silentFor;
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
 * Calls `on` with the story at once and on every change, reconnecting as often
 * as needed. Returns when the story has reached a final state; throws errors
 * that no retry can fix, such as a wrong token.
 */
export async function followStory(
  { api, unwrap }: Service,
  { story, token }: StoryRef,
  on: (story: Story) => void,
  signal: AbortSignal,
): Promise<void> {
  const call = { params: { path: { id: story } }, headers: { Authorization: `Bearer ${token}` } };
  let polling = false;
  let known = ""; // each connection and each poll repeats the current state
  for (let attempt = 0; !signal.aborted; attempt++) {
    let last: Story | undefined;
    const hangUp = new AbortController();
    const stop = () => hangUp.abort(signal.reason); // AbortSignal.any is missing in browsers from before 2024
    signal.addEventListener("abort", stop);
    const accept = (story: Story) => {
      last = story;
      attempt = 0;
      const now = `${story.version} ${story.progress}`;
      if (now !== known) on(story);
      known = now;
    };
    try {
      await untilOnline(signal);
      if (polling) {
        accept(await unwrap(api.GET("/v1/stories/{id}", { signal, ...call })));
      } else {
        const answer = api.GET("/v1/stories/{id}/events", {
          parseAs: "stream",
          signal: hangUp.signal,
          ...call,
        });
        const stream = await within(firstEventWithin, unwrap(answer));
        for await (const event of events(stream as ReadableStream<Uint8Array>))
          if (event.name === "story") accept(JSON.parse(event.data) as Story);
      }
    } catch (cause) {
      const { status, retryable } = cause as StoryreelError;
      if (signal.aborted) return;
      if (status && !retryable) throw cause;
      polling ||= !last && !isOffline();
    } finally {
      signal.removeEventListener("abort", stop);
      hangUp.abort();
    }
    if (last && finalStates.has(last.state)) return;
    await sleep(
      polling && last ? (stable.has(last.state) ? pollStableEvery : pollEvery) : backoff(attempt),
      signal,
    ).catch(() => undefined);
  }
}
