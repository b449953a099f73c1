import { expect, test, vi } from "vitest";
import createClient from "openapi-fetch";
import type { paths } from "../src/api";
import { asError, unwrap } from "../src/error";
import { followStory } from "../src/follow";
import type { Story } from "../src/uploader";

const errorText = (...stories: Partial<Story>[]) =>
  new Response(stories.map((s) => `event: story\ndata: ${JSON.stringify(s)}\n\n`).join(""), {
    headers: { "Content-Type": "text/event-stream" },
  });

test("a story is reported when it changes, and not again by a connection that repeats the known state", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  const published = { state: "published", version: 3, progress: 0 } as const;
  const answers = [
    errorText(
      { state: "publishing", version: 2, progress: 0.5 },
      { state: "publishing", version: 2, progress: 0.7 },
      published,
    ),
    errorText(published),
    errorText(published, { state: "erased", version: 4, progress: 0 }),
  ];
  const api = createClient<paths>({ baseUrl: "https://stories.test", fetch: async () => answers.shift()! });
  const seen: string[] = [];
  await followStory(
    { api, unwrap: (call) => unwrap(call, asError) },
    { story: "id", token: "token" },
    (s) => seen.push(`${s.version} ${s.progress}`),
    new AbortController().signal,
  );
  expect(answers).toEqual([]);
  expect(seen).toEqual(["2 0.5", "2 0.7", "3 0", "4 0"]);
});
