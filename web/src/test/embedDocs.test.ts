// Holds the page for brands to the elements: what it lists of custom properties, attributes, events and parts is all
// there is.
import { expect, test } from "vitest";

const files = import.meta.glob<string>(
  ["../**/*.svelte", "../tokens.css", "../embed/*.ts", "../../packages/react/src/*.ts", "../../../docs/embed/*.md"],
  { query: "?raw", import: "default", eager: true },
);
const file = (end: string) => Object.entries(files).find(([path]) => path.endsWith(end))![1];
const components = Object.entries(files).flatMap(([path, text]) => (path.endsWith(".svelte") ? [text] : []));
const [guide, tokens, entry] = [file("/docs/embed/README.md"), file("/tokens.css"), file("/embed/embed.ts")];
const events = file("/react/src/events.ts");
const section = (name: string) => guide.split(`\n## ${name}\n`)[1]!.split("\n## ")[0]!;
/** What stands in code in a column of the section's tables, each once. */
const listed = (name: string, column: number) =>
  [
    ...new Set(
      section(name)
        .split("\n")
        .filter((line) => line.startsWith("|"))
        .flatMap((line) => [...(line.split("|")[column + 1] ?? "").matchAll(/`([^`]+)`/g)].map((m) => m[1]!)),
    ),
  ].sort();
const unique = (all: Iterable<string>) => [...new Set(all)].sort();
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((m) => m[1]!);

test("all custom properties are listed, and no other", () => {
  const properties = unique(matches(tokens, /^ {2,}(--[\w-]+):/gm));
  expect(properties.length).toBeGreaterThan(20);
  expect(listed("Style", 0).filter((name) => name.startsWith("--"))).toEqual(properties);
});

test("all attributes are listed, and no other", () => {
  const observed = matches(entry, /observedAttributes = \[(.*)\]/g).flatMap((list) => matches(list, /"(\w+)"/g));
  expect(listed("Attributes", 1)).toEqual(unique(observed));
});

test("all events are listed, and no other", () => {
  const names = matches(events, /^ {2}(\w+): event</gm);
  expect(listed("Events", 0)).toEqual(unique(names).map((name) => `storyreel:${name}`));
  const emitted = components.flatMap((text) => matches(text, /emit(?:\?\.)?\("(\w+)"/g));
  expect(unique([...emitted, "error"])).toEqual(unique(names));
});

test("every part that is listed is there", () => {
  const parts = new Set(components.flatMap((text) => matches(text, /\bpart="([\w ]+)"/g).flatMap((p) => p.split(" "))));
  const named = listed("Style", 1);
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((name) => !parts.has(name))).toEqual([]);
});
