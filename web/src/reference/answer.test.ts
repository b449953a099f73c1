import { expect, test } from "vitest";
import { network } from "../test/network";
import { readLimit, send } from "./answer";

/** What a page makes of the response. */
const answerOf = (body: BodyInit | null, type: string, status = 200) => {
  network.answer = () => Promise.resolve(new Response(body, { status, headers: type ? { "Content-Type": type } : {} }));
  return send("http://service.test/v1/x", {}, { 200: "OK", 404: "Not Found" });
};

test("JSON is indented, other text is as it came, anything else is not shown", async () => {
  expect((await answerOf('{"a":[1]}', "application/json")).text).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect((await answerOf("false", "application/json")).text).toBe("false");
  expect((await answerOf('{"a":', "application/json")).text).toBe('{"a":');
  expect((await answerOf('{"a":1}\n{"a":2}', "application/x-ndjson")).text).toBe('{"a":1}\n{"a":2}');
  expect((await answerOf("WEBVTT", "text/vtt")).text).toBe("WEBVTT");
  expect((await answerOf("\x00\x01", "video/mp4")).text).toBeUndefined();
  expect(await answerOf(null, "", 204)).toMatchObject({ status: 204, text: "", size: 0, cut: false });
});

test("status, phrase of the documentation, size in bytes and headers are reported", async () => {
  const answer = await answerOf('"ö"', "application/json");
  expect(answer).toMatchObject({ status: 200, phrase: "OK", size: 4, problem: undefined });
  expect(answer.headers.map((h) => h.join(": ").toLowerCase())).toEqual(["content-type: application/json"]);
});

test("a problem links its documentation on this site, and no other site", async () => {
  const problem = (type: unknown) =>
    answerOf(JSON.stringify({ type, code: "story.unknown" }), "application/problem+json", 404);
  const known = { href: "/docs/errors#story.unknown", code: "story.unknown" };
  expect((await problem("/docs/errors#story.unknown")).problem).toEqual(known);
  for (const type of ["https://elsewhere.test/x", "javascript:alert(1)", "//elsewhere.test", 5, undefined])
    expect((await problem(type)).problem).toBeUndefined();
});

test("of an endless answer, no more than the limit is read, and the rest is cancelled", async () => {
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (c) => c.enqueue(new TextEncoder().encode("x".repeat(1_000_000))),
    cancel: () => void (cancelled = true),
  });
  const answer = await answerOf(endless, "text/csv");
  expect(answer).toMatchObject({ cut: true, size: readLimit });
  expect(cancelled).toBe(true);
});

test("an answer that does not come is the caller's to explain", async () => {
  network.answer = () => Promise.reject(new TypeError("failed"));
  await expect(send("http://service.test/v1/x", {}, {})).rejects.toThrow("failed");
});
