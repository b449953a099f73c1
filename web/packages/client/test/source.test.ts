import { expect, test } from "vitest";
import { streamSource } from "../src/source";

/** Bytes 0, 1, 2, … in pieces of a length. */
async function* counting(size: number, piece: number): AsyncGenerator<Uint8Array> {
  const shared = new Uint8Array(piece); // used again for each piece, as some streams do
  for (let at = 0; at < size; at += piece) {
    const n = Math.min(piece, size - at);
    for (let i = 0; i < n; i++) shared[i] = (at + i) % 251;
    yield shared.subarray(0, n);
  }
}
const bytes = async (part: Blob) => [...new Uint8Array(await part.arrayBuffer())];
const expected = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => (from + i) % 251);

test.each([1, 7, 10, 100, 1000])("slices are the stream's bytes, whatever its pieces: %i", async (piece) => {
  const source = streamSource(counting(95, piece), 95);
  const parts = await Promise.all([source.slice(0, 40), source.slice(40, 80), source.slice(80, 95)]);
  expect(await bytes(parts[0])).toEqual(expected(0, 40));
  expect(await bytes(parts[1])).toEqual(expected(40, 80));
  expect(await bytes(parts[2])).toEqual(expected(80, 95));
});

test("a slice is kept for another try until it is released", async () => {
  const source = streamSource(counting(20, 3), 20);
  const part = await source.slice(0, 10);
  expect(await source.slice(0, 10)).toBe(part);
  source.release(part);
  await expect(source.slice(0, 10)).rejects.toThrow(RangeError);
  expect(await bytes(await source.slice(10, 20))).toEqual(expected(10, 20));
});

test("bytes that storage has are skipped", async () => {
  const source = streamSource(counting(30, 4), 30);
  expect(await bytes(await source.slice(10, 20))).toEqual(expected(10, 20));
  expect(await bytes(await source.slice(25, 30))).toEqual(expected(25, 30));
});

test("a stream of another length than stated is refused", async () => {
  await expect(streamSource(counting(9, 4), 10).slice(0, 10)).rejects.toThrow("ended after 9 of 10");
  await expect(streamSource(counting(9, 4), 20).slice(15, 20)).rejects.toThrow(RangeError);
  await expect(streamSource(counting(11, 4), 10).slice(0, 10)).rejects.toThrow("more than 10");
});

test("streams of the web are read, too", async () => {
  const stream = new Blob([new Uint8Array(expected(0, 12))]).stream();
  const source = streamSource(stream, 12);
  expect(await bytes(await source.slice(0, 5))).toEqual(expected(0, 5));
  expect(await bytes(await source.slice(5, 12))).toEqual(expected(5, 12));
});
