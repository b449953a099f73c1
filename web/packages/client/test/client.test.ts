import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Story, type StoryRef, Storyreel, streamSource, type Submission } from "../src/index";
import { FakeService } from "./fakeService";

const json = (body: unknown, status = 200, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });

/** A client whose calls are answered in turn; `asked` holds the requests. */
function answering(...answers: (Response | Error | ((request: Request) => Promise<Response>))[]) {
  const asked: Request[] = [];
  const fetch = async (request: Request) => {
    asked.push(request);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    if (typeof answer === "function") return answer(request);
    if (!answer) throw new Error("one call too many");
    return answer;
  };
  return { reel: new Storyreel("https://stories.test/", { fetch, key: "srk_key" }), asked };
}

const ref: StoryRef = { story: "s1", token: "secret" };
const submission: Submission = {
  contributor: { name: "Zoë" },
  song: { title: "Heroes", artist: "David Bowie" },
  release: { version: 1, agreed: true, of_age: true, others_agreed: true },
};

describe("calls", () => {
  test("send the key, or the story's token", async () => {
    const { reel, asked } = answering(json({ slug: "songs" }), json({ id: "s1" }), json({ id: "s1" }));
    await reel.campaign("songs");
    await reel.story(ref);
    await reel.story("s1");
    expect(asked.map((r) => r.url)).toEqual([
      "https://stories.test/v1/campaigns/songs",
      "https://stories.test/v1/stories/s1",
      "https://stories.test/v1/stories/s1",
    ]);
    const authorizations = asked.map((r) => r.headers.get("Authorization"));
    expect(authorizations).toEqual(["Bearer srk_key", "Bearer secret", "Bearer srk_key"]);
  });

  test("reject with the service's problem", async () => {
    const problem = { code: "limited", status: 429, detail: "Slow down.", instance: "i1", facts: { retry_after: 7 } };
    const { reel } = answering(json(problem, 429, { "Retry-After": "7" }));
    await expect(reel.campaign("songs")).rejects.toMatchObject({
      ...problem,
      message: "Slow down.",
      retryAfter: 7,
      retryable: true,
    });
  });

  test.each([
    ["no answer", new TypeError("fetch failed"), { code: "network", status: 0, retryable: true }],
    ["a proxy's page", new Response("<html>", { status: 502 }), { code: "http", status: 502, retryable: true }],
    ["an answer that is no JSON", new Response("<html>", { status: 200 }), { code: "network", status: 0 }],
    ["an empty refusal", new Response("", { status: 403 }), { code: "http", status: 403, retryable: false }],
  ])("reject with a StoryreelError on %s", async (_, answer, expected) => {
    const { reel } = answering(answer);
    await expect(reel.campaign("songs")).rejects.toMatchObject(expected);
  });

  test("reject with the signal's reason, of any type", async () => {
    const { reel } = answering(
      (request) => new Promise((_, no) => (request.signal.onabort = () => no(new TypeError()))),
    );
    const stop = new AbortController();
    const call = reel.campaign("songs", { signal: stop.signal });
    stop.abort("enough");
    await expect(call).rejects.toBe("enough");
  });
});

test("a list is read page by page, as far as it is wanted, over empty pages", async () => {
  const { reel, asked } = answering(
    json({ items: [{ id: "1" }, { id: "2" }], next: "b" }),
    json({ items: null, next: "c" }),
    json({ items: [{ id: "3" }] }),
  );
  const ids = [];
  for await (const item of reel.feed("songs", { country: "DE" })) {
    if (!ids.length) expect(asked).toHaveLength(1);
    ids.push(item.id);
  }
  expect(ids).toEqual(["1", "2", "3"]);
  expect(asked.map((r) => new URL(r.url).search)).toEqual([
    "?country=DE",
    "?country=DE&cursor=b",
    "?country=DE&cursor=c",
  ]);
});

describe("an upload", () => {
  const part = 1000;
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function over<T>(run: Promise<T>): Promise<T> {
    let ended = false;
    const done = run.finally(() => (ended = true));
    done.catch(() => undefined);
    for (let i = 0; i < 400 && !ended; i++) await vi.advanceTimersByTimeAsync(500);
    expect(ended, "it never ended").toBe(true);
    return done;
  }

  function start(parts: number) {
    const service = new FakeService(parts * part - 100, part);
    service.install();
    const reel = new Storyreel("https://stories.test", { fetch: service.fetch });
    return { service, reel, file: new File([new Uint8Array(service.bytes)], "clip.mp4", { type: "video/mp4" }) };
  }

  test("begins with the file's own name, size and type, and gives its ref before it sends", async () => {
    const { service, reel, file } = start(4);
    let before = -1;
    const story = await over(
      reel.uploadStory("songs", submission, file, {
        idempotencyKey: "once",
        onBegun: (begun) => {
          expect(begun).toEqual({ story: "story", token: "token" });
          before = service.puts.length;
        },
      }),
    );
    expect(before).toBe(0);
    expect(story.state).toBe("uploaded");
    expect(service.begun).toEqual([
      { key: "once", body: { ...submission, file: { name: "clip.mp4", content_type: "video/mp4", bytes: file.size } } },
    ]);
    expect([...service.received.values()].reduce((a, b) => a + b)).toBe(file.size);
  });

  test("is begun again under the same key when the answer was lost", async () => {
    const { service, reel, file } = start(1);
    service.loseBegins = 2;
    await over(reel.uploadStory("songs", submission, file));
    expect(new Set(service.begun.map((b) => b.key)).size).toBe(1);
    expect(service.begun).toHaveLength(3);
  });

  test.each([
    [60, 2],
    [61, 1],
  ])("is begun again after %i s if the service asks for that: %i calls", async (seconds, calls) => {
    const limited = json({ code: "limited", status: 429, detail: "d" }, 429, { "Retry-After": String(seconds) });
    const upload = { bytes: 1, part_size: 0, part_count: 0, received: null, requests: null };
    const { reel, asked } = answering(limited, json({ story: { id: "s1" }, token: "secret", upload }, 201));
    const begun = over(reel.beginUpload("songs", submission, new Blob(["x"])));
    if (calls === 2) expect((await begun).ref).toEqual(ref);
    else await expect(begun).rejects.toMatchObject({ code: "limited", retryAfter: 61 });
    expect(asked).toHaveLength(calls);
  });

  test("stays pending over a pause, and goes on from what storage has", async () => {
    const { service, reel, file } = start(6);
    service.outcome(4, "stalls");
    const upload = await reel.beginUpload("songs", submission, file);
    upload.resume(); // without a pause, it changes nothing
    const sending = upload.send();
    expect(upload.send()).toBe(sending);
    await vi.advanceTimersByTimeAsync(15);
    upload.pause();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(service.completed).toBe(0);
    const before = service.received.size;
    service.puts.length = 0;
    upload.resume();
    expect((await over(sending)).state).toBe("uploaded");
    expect(service.puts).toHaveLength(6 - before);
  });

  test("ends with the signal's reason, and can be sent again", async () => {
    const { service, reel, file } = start(5);
    service.outcome(2, "stalls");
    const upload = await reel.beginUpload("songs", submission, file);
    const stop = new AbortController();
    const sending = upload.send({ signal: stop.signal });
    sending.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(15);
    stop.abort("enough");
    await expect(over(sending)).rejects.toBe("enough");
    await expect(upload.send({ signal: stop.signal })).rejects.toBe("enough");
    expect((await over(upload.send())).state).toBe("uploaded");
    expect(service.received.size).toBe(5);
  });

  test("ends at once when it is aborted during a pause", async () => {
    const { reel, file } = start(5);
    const upload = await reel.beginUpload("songs", submission, file);
    const stop = new AbortController();
    const sending = upload.send({ signal: stop.signal });
    upload.pause();
    await vi.advanceTimersByTimeAsync(100);
    stop.abort("enough");
    await expect(over(sending)).rejects.toBe("enough");
  });

  test("of a stream sends its bytes, and those of a part again after a fault", async () => {
    const { service, reel } = start(9);
    service.outcome(3, 500, "lost");
    const whole = Uint8Array.from({ length: service.bytes }, (_, i) => i % 251);
    const source = streamSource(new Blob([whole]).stream(), whole.length);
    const upload = await reel.beginUpload("songs", submission, source);
    await over(upload.send());
    const stored = [];
    for (let n = 1; n <= 9; n++) stored.push(...new Uint8Array(await service.bodies.get(n)!.arrayBuffer()));
    expect(stored).toEqual([...whole]);
  });

  test("of a later page sends only what is missing, and refuses another file", async () => {
    const { service, reel, file } = start(5);
    [1, 2, 4].forEach((n) => service.received.set(n, part));
    const upload = await reel.resumeUpload({ story: "story", token: "token" }, file);
    await over(upload.send());
    expect(service.puts.sort()).toEqual([3, 5]);
    await expect(reel.resumeUpload({ story: "story", token: "token" }, new Blob(["x"]))).rejects.toThrow(RangeError);
  });

  test.each<[Story["state"], boolean]>([
    ["in_review", true],
    ["expired", false],
    ["withdrawn", false],
  ])("that is over succeeded, if the story is %s: %s", async (state, succeeded) => {
    const { service, reel, file } = start(1);
    const upload = await reel.beginUpload("songs", submission, file);
    service.closed = state;
    if (succeeded) expect((await over(upload.send())).state).toBe(state);
    else await expect(over(upload.send())).rejects.toMatchObject({ code: "upload.closed" });
  });
});

describe("a story", () => {
  const events = (...stories: Partial<Story>[]) =>
    new Response(stories.map((s, i) => `event: story\ndata: ${JSON.stringify({ version: i, ...s })}\n\n`).join(""), {
      headers: { "Content-Type": "text/event-stream" },
    });

  test("is followed to the state that is waited for, or past it", async () => {
    const { reel } = answering(events({ state: "uploaded" }, { state: "preparing" }, { state: "approved" }));
    const seen: string[] = [];
    const story = await reel.waitFor(ref, "in_review", { onStory: (s) => seen.push(s.state) });
    expect(story.state).toBe("approved");
    expect(seen).toEqual(["uploaded", "preparing", "approved"]);
  });

  test.each<Story["state"]>(["failed", "rejected", "expired", "withdrawn", "hidden"])(
    "that is %s does not get there",
    async (state) => {
      const { reel } = answering(events({ state: "uploaded" }, { state, failure: { code: "too_long", detail: "d" } }));
      await expect(reel.waitFor(ref, "in_review")).rejects.toMatchObject({ name: "WaitError", story: { state } });
    },
  );

  test("of another's token is refused", async () => {
    const { reel } = answering(json({ code: "story.unknown", status: 404, detail: "d" }, 404));
    await expect(reel.waitFor(ref, "in_review")).rejects.toMatchObject({ code: "story.unknown" });
  });

  test("is no longer followed once its reader has left, or its signal is aborted", async () => {
    let hungUp = 0;
    const open = async (request: Request) => {
      request.signal.addEventListener("abort", () => hungUp++);
      return new Response(
        new ReadableStream({
          start(stream) {
            stream.enqueue(new TextEncoder().encode('event: story\ndata: {"state":"in_review","version":1}\n\n'));
            request.signal.addEventListener("abort", () => stream.error(request.signal.reason));
          },
        }),
      );
    };
    const { reel } = answering(open, open);
    for await (const story of reel.follow(ref)) {
      expect(story.state).toBe("in_review");
      break;
    }
    expect(hungUp).toBe(1);
    const stop = new AbortController();
    const waiting = reel.waitFor(ref, "published", { signal: stop.signal, onStory: () => stop.abort("enough") });
    await expect(waiting).rejects.toBe("enough");
    expect(hungUp).toBe(2);
  });
});
