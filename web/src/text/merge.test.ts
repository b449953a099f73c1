import { expect, test } from "vitest";
import { merge } from "./merge";

test("merged texts keep what the second set lacks", () => {
  const base = { a: "a", b: { c: "c", d: (n: number) => `${n}` }, e: ["x"] };
  const both = merge(base, { b: { c: "C" }, e: ["y"] });
  expect([both.a, both.b.c, both.b.d(1), both.e]).toEqual(["a", "C", "1", ["y"]]);
});
