import { expect, test, vi } from "vitest";
import { network } from "../test/network";
import type { Story } from "./client";
import { follow } from "./follow";

const told = (...stories: Partial<Story>[]) =>
  new Response(stories.map((s) => `event: story\ndata: ${JSON.stringify(s)}\n\n`).join(""), {
    headers: { "Content-Type": "text/event-stream" },
  });

test("a story is told when it moves, and not again by a connection that only says what is known", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  const published = { state: "published", version: 3, progress: 0 } as const;
  const answers = [
    told(
      { state: "publishing", version: 2, progress: 0.5 },
      { state: "publishing", version: 2, progress: 0.7 },
      published,
    ),
    told(published),
    told(published, { state: "erased", version: 4, progress: 0 }),
  ];
  network.answer = async () => answers.shift()!;
  const seen: string[] = [];
  await follow("id", "token", (s) => seen.push(`${s.version} ${s.progress}`), new AbortController().signal);
  expect(answers).toEqual([]);
  expect(seen).toEqual(["2 0.5", "2 0.7", "3 0", "4 0"]);
});
