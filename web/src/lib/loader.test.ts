import { describe, expect, test } from "vitest";
import { PagedList } from "./loader.svelte";

describe("a paged list", () => {
  const page = (name: string, next?: string) => ({ items: [name], next });

  /** A list whose pages the test resolves; records the requested cursors. */
  function deferredList() {
    const cursors: (string | undefined)[] = [];
    const answers: { resolve: (p: { items: string[]; next?: string }) => void; reject: (cause: Error) => void }[] = [];
    const list = new PagedList<string>((cursor) => {
      cursors.push(cursor);
      return new Promise((resolve, reject) => answers.push({ resolve, reject }));
    });
    const turn = async (call: () => Promise<void>, answer: ReturnType<typeof page> | Error) => {
      const done = call();
      if (answer instanceof Error) answers.at(-1)!.reject(answer);
      else answers.at(-1)!.resolve(answer);
      await done;
    };
    return { list, cursors, answers, turn };
  }

  test("retries what failed: the next page, or a new search from the first page", async () => {
    const { list, cursors, turn } = deferredList();
    await turn(() => list.load(), page("a", "2"));
    await turn(() => list.more(), new Error("lost"));
    await turn(() => list.retry(), page("b", "3"));
    expect(list.items).toEqual(["a", "b"]);
    await turn(() => list.load(), new Error("lost"));
    expect(list.items).toEqual(["a", "b"]);
    await list.more(); // the cursor belonged to another search
    await turn(() => list.retry(), page("c"));
    expect(list.items).toEqual(["c"]);
    expect(cursors).toEqual([undefined, "2", "2", undefined, undefined]);
  });

  test("a page overtaken by a new search is not added", async () => {
    const { list, answers, turn } = deferredList();
    await turn(() => list.load(), page("a", "2"));
    const late = list.more();
    await turn(() => list.load(), page("c", "4"));
    answers[1]!.resolve(page("b", "3"));
    await late;
    expect([list.items, list.next]).toEqual([["c"], "4"]);
  });

  test("an empty page that is not the last is read on from", async () => {
    const pages = [
      { items: [], next: "1" },
      { items: [], next: "2" },
      { items: ["a"], next: "3" },
    ];
    const list = new PagedList<string>(() => Promise.resolve(pages.shift()!));
    await list.load();
    expect([list.items, list.next, pages.length]).toEqual([["a"], "3", 0]);
  });
});
