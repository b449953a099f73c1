import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeService } from "./fakeService";
import { type Progress, Uploader } from "../src/uploader";
import { putByXHR } from "../src/xhr";

const part = 1000;
let progress: Progress[];

beforeEach(() => {
  vi.useFakeTimers();
  progress = [];
});
afterEach(() => {
  vi.useRealTimers();
  online(true);
});

function online(is: boolean): void {
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(is);
  dispatchEvent(new Event(is ? "online" : "offline"));
}

function start(parts: number, prepare: (s: FakeService) => void = () => undefined) {
  const service = new FakeService(parts * part - 100, part);
  prepare(service);
  service.install();
  const uploader = new Uploader(
    new Blob([new Uint8Array(service.bytes)]),
    { story: "story", token: "token" },
    service.service,
    putByXHR,
    (p) => progress.push(p),
  );
  return { service, uploader };
}

/** Runs the clock until the upload has ended. */
async function ended<T>(run: Promise<T>): Promise<T> {
  let over = false;
  const done = run.finally(() => (over = true));
  done.catch(() => undefined);
  for (let i = 0; i < 400 && !over; i++) await vi.advanceTimersByTimeAsync(500);
  expect(over, "the upload never ended").toBe(true);
  return done;
}

describe("an upload", () => {
  test("sends every part once, three at a time, and completes", async () => {
    const { service, uploader } = start(8);
    const story = await ended(uploader.run(service.plan(1, 2, 3)));
    expect(story?.state).toBe("uploaded");
    expect([...service.puts].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(service.maxConcurrent).toBe(3);
    expect([...service.received.values()].reduce((a, b) => a + b)).toBe(service.bytes);
    expect(service.completed).toBe(1);
    expect(progress.at(-1)).toMatchObject({ phase: "completing", sent: service.bytes, total: service.bytes });
  });

  test("reads the list of stored parts when it resumes, and sends only missing ones", async () => {
    const { service, uploader } = start(5, (s) => [1, 2, 4].forEach((n) => s.received.set(n, part)));
    await ended(uploader.run());
    expect(service.puts.sort()).toEqual([3, 5]);
  });

  test("requests a new signature only for the part whose request expired", async () => {
    const { service, uploader } = start(4, (s) => s.outcome(2, 403));
    await ended(uploader.run(service.plan(1, 2, 3, 4)));
    expect(service.signed).toEqual([[2]]);
    expect(service.puts.filter((n) => n === 2)).toHaveLength(2);
    expect(service.puts).toHaveLength(5);
  });

  test("waits at least as long as Retry-After", async () => {
    const { service, uploader } = start(1, (s) => s.outcome(1, { status: 503, retryAfter: 7 }));
    const run = uploader.run(service.plan(1));
    await vi.advanceTimersByTimeAsync(6900);
    expect(service.puts).toEqual([1]);
    await ended(run);
    expect(service.puts).toEqual([1, 1]);
  });

  test("adds jitter to retries", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const early = start(1, (s) => s.outcome(1, 500));
    const first = early.uploader.run(early.service.plan(1));
    await vi.advanceTimersByTimeAsync(300); // half of the first pause
    expect(early.service.puts).toHaveLength(2);
    await ended(first);
    vi.spyOn(Math, "random").mockReturnValue(0.99);
    const late = start(1, (s) => s.outcome(1, 500));
    const second = late.uploader.run(late.service.plan(1));
    await vi.advanceTimersByTimeAsync(300);
    expect(late.service.puts).toHaveLength(1);
    await ended(second);
  });

  test("aborts a stalled connection and retries", async () => {
    const { service, uploader } = start(2, (s) => s.outcome(1, "stalls"));
    await ended(uploader.run(service.plan(1, 2)));
    expect(service.puts.filter((n) => n === 1)).toHaveLength(2);
  });

  test("waits for the network without using up retries, and reports it", async () => {
    const { service, uploader } = start(2, (s) => s.outcome(1, "lost"));
    const run = uploader.run(service.plan(1, 2));
    online(false);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(service.completed).toBe(0);
    expect(progress.at(-1)?.phase).toBe("waiting");
    online(true);
    await ended(run);
    expect(service.completed).toBe(1);
  });

  test("pauses, and resumes from what storage has", async () => {
    const { service, uploader } = start(6, (s) => s.outcome(4, "stalls"));
    const run = uploader.run(service.plan(1, 2, 3, 4, 5, 6));
    await vi.advanceTimersByTimeAsync(15);
    uploader.pause();
    expect(await ended(run)).toBeUndefined();
    expect(progress.at(-1)?.phase).toBe("paused");
    const before = service.received.size;
    service.puts.length = 0;
    await ended(uploader.run());
    expect(service.puts).toHaveLength(6 - before);
  });

  test("retries while S3 reports a conflict with its own lost attempt", async () => {
    const { service, uploader } = start(1, (s) => s.outcome(1, 409, 409));
    await ended(uploader.run(service.plan(1)));
    expect(service.puts).toEqual([1, 1, 1]);
  });

  test("does not retry a permanent refusal", async () => {
    const { service, uploader } = start(1, (s) => s.outcome(1, 400));
    await expect(ended(uploader.run(service.plan(1)))).rejects.toMatchObject({ code: "storage.refused" });
    expect(service.puts).toHaveLength(1);
  });

  test("never reports more bytes sent than there are", async () => {
    const { service, uploader } = start(3, (s) => s.outcome(3, 500, 500));
    await ended(uploader.run(service.plan(1, 2, 3)));
    for (const p of progress) expect(p.sent).toBeLessThanOrEqual(p.total);
  });
});
