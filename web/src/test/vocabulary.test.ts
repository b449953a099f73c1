// Keeps words out of the sources for which the field has better ones: a video is
// no film, audio no sound, a message is not told.
import { expect, test } from "vitest";

const banned = new Set(
  (
    "film films filmstrip picture pictures sound sounds said says say told telling tongue speak spoken " +
    "wish wishes wished deck likeness laid lay lays dress beneath whoever lately owed"
  ).split(" "),
);

const sources = import.meta.glob<string>(
  [
    "../**/*.{ts,svelte,css}",
    "../../packages/*/{src,test}/**/*.{ts,tsx}",
    "!../../packages/test/node_modules/**",
    "../../../e2e/browser/**/*.mjs",
    "!../api.d.ts",
    "!../text/*de*.ts",
    "!./vocabulary.test.ts",
  ],
  {
    query: "?raw",
    import: "default",
    eager: true,
  },
);

/** The words of a text, identifiers split at their capitals. */
const words = (text: string) => text.match(/[A-Z]?[a-z]+/g) ?? [];

test("identifiers, comments and English texts use the field's terms", () => {
  expect(Object.keys(sources).length).toBeGreaterThan(100);
  const found = Object.entries(sources).flatMap(([path, text]) =>
    text
      .split("\n")
      .flatMap((line, i) => words(line).map((word) => ({ word: word.toLowerCase(), at: `${path}:${i + 1}` })))
      .filter(({ word }) => banned.has(word)),
  );
  expect(found).toEqual([]);
});
