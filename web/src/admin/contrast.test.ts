import { expect, test } from "vitest";
import { contrast, derivedDark, isColor, paper, ratioText, textOn } from "./contrast";
import table from "./contrast.json";

test.each(table.ratios)("%s on %s has %s", (a, b, ratio) => {
  expect(ratioText(contrast(a!, b!))).toBe(ratio);
});

test("pages have the papers of the service", () => expect(paper).toEqual(table.paper));

test.each(table.derived)("$accent is $dark on dark pages", ({ accent, dark, text, textOnDark }) => {
  expect(derivedDark(accent)).toBe(dark);
  expect([textOn(accent), textOn(dark)]).toEqual([text, textOnDark]);
});

test("colors are six digits", () => {
  expect(["#1d6fd0", "#1D6FD0", "#fff", "red", "1d6fd0", "#1d6fd0;"].map(isColor)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
