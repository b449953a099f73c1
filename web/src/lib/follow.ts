// Live status of one story. EventSource cannot send the story's token, so the
// typed client's stream is read here.
import { api, ask, bearer, failureOf, type Story } from "./client";
import { backoff, sleep, untilOnline } from "./online.svelte";

/** States after which nothing happens by itself. */
const over = new Set<Story["state"]>(["failed", "expired", "erased"]);

interface Event {
  name: string;
  data: string;
}

async function* events(stream: ReadableStream<Uint8Array>): AsyncGenerator<Event> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true }).replaceAll("\r\n", "\n");
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const lines = block.split("\n").map((line) => line.split(/: ?(.*)/s, 2));
        const field = (name: string) => lines.filter(([k]) => k === name).map(([, v]) => v ?? "").join("\n");
        yield { name: field("event") || "message", data: field("data") };
      }
    }
  } finally {
    reader.releaseLock();
  }
}

/**
 * Calls `on` with the story at once and whenever it moves, over as many
 * connections as it takes. Ends when nothing more can happen; throws what
 * waiting cannot heal, such as a token that is not the story's.
 */
export async function follow(id: string, token: string, on: (story: Story) => void, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    let last: Story | undefined;
    try {
      await untilOnline(signal);
      const stream = await ask(api.GET("/v1/stories/{id}/events", { params: { path: { id } }, parseAs: "stream", signal, ...bearer(token) }));
      for await (const event of events(stream as ReadableStream<Uint8Array>)) {
        if (event.name !== "story") continue;
        last = JSON.parse(event.data) as Story;
        attempt = 0;
        on(last);
      }
    } catch (cause) {
      const failure = failureOf(cause);
      if (signal.aborted) return;
      if (failure.status && !failure.passing) throw failure;
    }
    if (last && over.has(last.state)) return;
    await sleep(backoff(attempt), signal).catch(() => undefined);
  }
}
