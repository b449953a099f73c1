import { expect, test } from "vitest";
import { putByFetch } from "../src/fetchPut";
import type { SignedRequest } from "../src/uploader";

const request: SignedRequest = {
  part: 1,
  method: "PUT",
  url: "https://storage.test/1",
  headers: { Host: "storage.test", "Content-Length": "3", "If-None-Match": "*" },
  expires_at: "2026-01-01T00:00:00Z",
};
const signal = new AbortController().signal;

test("a part is sent with its headers, but for those that fetch sets itself", async () => {
  const sent: number[] = [];
  const put = putByFetch(async (asked) => {
    expect([asked.method, asked.url, await asked.text()]).toEqual(["PUT", request.url, "abc"]);
    expect([asked.headers.get("If-None-Match"), asked.headers.get("Host")]).toEqual(["*", null]);
    return new Response("");
  });
  await put(request, new Blob(["abc"]), (n) => sent.push(n), signal);
  expect(sent).toEqual([3]);
});

test.each([
  [412, undefined],
  [403, { code: "network", status: 403, retryable: true }],
  [409, { retryable: true }],
  [503, { retryable: true, retryAfter: 4 }],
  [400, { code: "storage.refused", status: 400, retryable: false }],
])("status %i", async (status, error) => {
  const put = putByFetch(async () => new Response("", { status, headers: { "Retry-After": "4" } }));
  const sent: number[] = [];
  const call = put(request, new Blob(["abc"]), (n) => sent.push(n), signal);
  if (error) await expect(call).rejects.toMatchObject(error);
  else await call;
  expect(sent).toEqual(error ? [] : [3]);
});

test("a lost connection may be tried again, an aborted one is not", async () => {
  const lost = putByFetch(async () => {
    throw new TypeError("fetch failed");
  });
  const call = (signal: AbortSignal) => lost(request, new Blob(["abc"]), () => undefined, signal);
  await expect(call(signal)).rejects.toMatchObject({ code: "network", retryable: true });
  await expect(call(AbortSignal.abort("enough"))).rejects.toBe("enough");
});
