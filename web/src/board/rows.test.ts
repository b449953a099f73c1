import { describe, expect, test } from "vitest";
import { packRows, rowOf, step } from "./rows";

const indexes = (rows: { index: number }[][]) => rows.map((row) => row.map((c) => c.index));

describe("rows of stories", () => {
  test("keep the order, and end early where a wide story does not fit", () => {
    const rows = packRows([1, 1, 2, 1, 2, 1], 3);
    expect(indexes(rows)).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect(rows[1]![1]).toEqual({ index: 3, column: 2, span: 1 });
  });
  test("cut a wide story down to the columns there are", () => {
    expect(packRows([2, 1], 1)).toEqual([[{ index: 0, column: 0, span: 1 }], [{ index: 1, column: 0, span: 1 }]]);
    expect(packRows([], 4)).toEqual([]);
  });
  test("are found by story", () => {
    const rows = packRows(
      Array.from({ length: 1000 }, (_, i) => (i % 7 ? 1 : 2)),
      5,
    );
    for (let i = 0; i < 1000; i++) expect(rows[rowOf(rows, i)]!.some((c) => c.index === i)).toBe(true);
    expect(rowOf(rows, 1000)).toBe(-1);
  });
});

describe("a key leads", () => {
  const rows = packRows([1, 1, 2, 2, 1, 1, 1], 4); // 0 1 22 / 33 4 5 / 6
  const go = (index: number, ...keys: string[]) => keys.reduce((at, key) => step(rows, at, key)!, index);
  test("to the neighbour, and nowhere past the ends", () =>
    expect([go(0, "ArrowLeft"), go(2, "ArrowRight"), go(3, "k"), go(6, "j"), go(3, "Home"), go(0, "End")]).toEqual([
      0, 3, 2, 6, 0, 6,
    ]));
  test("up and down to the nearest middle", () =>
    expect([go(2, "ArrowDown"), go(4, "ArrowUp"), go(5, "ArrowDown"), go(0, "ArrowUp"), go(0, "PageDown")]).toEqual([
      4, 2, 6, 0, 6,
    ]));
  test("nowhere if it is another key", () => expect(step(rows, 1, "x")).toBeUndefined());
});
