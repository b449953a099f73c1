import { expect, test } from "vitest";
import { laid } from "./laid";

test("a catalogue lies over another without losing what it lacks", () => {
  const under = { a: "a", b: { c: "c", d: (n: number) => `${n}` }, e: ["x"] };
  const both = laid(under, { b: { c: "C" }, e: ["y"] });
  expect([both.a, both.b.c, both.b.d(1), both.e]).toEqual(["a", "C", "1", ["y"]]);
});
