import type { Source } from "./uploader.js";

/** A source that keeps what it has read until storage has it. */
export interface StreamedSource extends Source {
  /** Lets go of a slice that storage has. */
  release(part: Blob): void;
}

async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader(); // Safari cannot iterate streams
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}

/**
 * A source of what can be read once only, such as the body of a response or a pipe. The parts in flight, three at
 * most, are kept in memory; bytes that storage has from an earlier run are skipped. Sending rejects with a RangeError
 * when the stream has not exactly `size` bytes. For a file in Node, `openAsBlob` of `node:fs` needs no memory.
 */
export function streamSource(
  stream: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  size: number,
): StreamedSource {
  const chunks = "getReader" in stream ? chunksOf(stream) : stream[Symbol.asyncIterator]();
  const kept = new Map<number, Blob>();
  let rest = new Uint8Array();
  let at = 0; // of the first byte that is not read, or is in rest

  /** The next bytes, `most` at most; none at the end. */
  async function next(most: number): Promise<Uint8Array<ArrayBuffer>> {
    while (!rest.length) {
      const { done, value } = await chunks.next();
      if (done) return rest;
      rest = new Uint8Array(value); // a copy, since the stream may use its buffer again
    }
    const head = rest.subarray(0, most);
    rest = rest.subarray(head.length);
    at += head.length;
    return head;
  }

  /** Reads on to before `to`. */
  async function read(to: number): Promise<Blob> {
    const parts = [];
    while (at < to) {
      const bytes = await next(to - at);
      if (!bytes.length) throw new RangeError(`the stream ended after ${at} of ${size} bytes`);
      parts.push(bytes);
    }
    return new Blob(parts);
  }

  async function slice(from: number, to: number): Promise<Blob> {
    const have = kept.get(from);
    if (have?.size === to - from) return have;
    if (from < at) throw new RangeError(`byte ${from} of the stream was read before`);
    while (at < from) if (!(await next(from - at)).length) throw new RangeError(`the stream ended after ${at} bytes`);
    const part = await read(to);
    if (at === size && (await next(1)).length) throw new RangeError(`the stream has more than ${size} bytes`);
    kept.set(from, part);
    return part;
  }

  let turn: Promise<unknown> = Promise.resolve(); // slices are read in the order in which they are asked for
  return {
    size,
    slice(from, to) {
      const mine = turn.then(() => slice(from, to));
      turn = mine.catch(() => undefined);
      return mine;
    },
    release(part) {
      for (const [from, blob] of kept) if (blob === part) kept.delete(from);
    },
  };
}
