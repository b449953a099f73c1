// Holds the sources to the table of folders in docs/architecture.md, and their files to a length.
import { expect, test } from "vitest";
import architecture from "../../../docs/architecture.md?raw";
import devServer from "../../build/dev.ts?raw";

const componentLines = 200;
const moduleLines = 400;
const columns = 120;

const sources = import.meta.glob<string>(
  ["../**/*.{ts,svelte}", "../../packages/*/src/**/*.{ts,tsx}", "!../api.d.ts"],
  { query: "?raw", import: "default", eager: true },
);

/** Every source by its path below web. */
const files = Object.entries(sources).map(([path, code]) => ({
  path: new URL(path, "file:///src/test/x").pathname,
  code,
}));
const paths = new Set(files.map((file) => file.path));

/** A folder below src, or a package. */
const folderOf = (path: string) => {
  const folders = path.split("/").slice(1, -1);
  return (folders[0] === "packages" ? folders.slice(0, 2) : folders.slice(1)).join("/");
};

/** The table whose header begins with "folder": each folder and what it may import. */
function table(): Map<string, string[]> {
  const lines = architecture.split("\n");
  const from = lines.findIndex((line) => line.startsWith("| folder |"));
  const rows = lines.slice(from + 2, from < 0 ? 0 : lines.indexOf("", from));
  return new Map(
    rows.map((row) => {
      const [, folder = "", , imports = ""] = row.split("|").map((cell) => cell.trim());
      return [folder.replaceAll("`", ""), imports.split(", ").filter(Boolean)];
    }),
  );
}

/** The folders of ours that a source imports from: statically, dynamically, as a type or in markup. */
function imported({ path, code }: { path: string; code: string }): string[] {
  const found = code.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)"(\.[^"]+)"/g);
  return [...found].map(([, to = ""]) => {
    const target = new URL(to, `file://${path}`).pathname;
    return folderOf(paths.has(`${target}/index.ts`) ? `${target}/index.ts` : target);
  });
}

const rows = table();
const used = new Set<string>();
for (const file of files)
  for (const to of imported(file)) if (!file.path.endsWith(".test.ts")) used.add(`${folderOf(file.path)} > ${to}`);

test("every folder has a row, and every row a folder", () => {
  const folders = new Set(files.map((file) => folderOf(file.path)).filter(Boolean));
  expect([...folders].sort()).toEqual([...rows.keys()].sort());
});

test("a folder imports what its row allows, and a row allows only what is imported", () => {
  const crossing = [...used].filter((edge) => {
    const [from, to] = edge.split(" > ");
    return from && to && from !== to; // the root holds generated types and style sheets
  });
  const allowed = [...rows].flatMap(([from, list]) => list.map((to) => `${from} > ${to}`));
  expect(crossing.sort()).toEqual(allowed.sort());
});

test("a unit test imports its own folder, what that may import, and the fakes", () => {
  const wrong = files
    .filter((file) => file.path.endsWith(".test.ts"))
    .flatMap((file) => {
      const from = folderOf(file.path);
      const allowed = ["", from, "test", ...(rows.get(from) ?? [])];
      return imported(file)
        .filter((to) => !allowed.includes(to))
        .map((to) => `${file.path} > ${to}`);
    });
  expect(wrong).toEqual([]);
});

test("no two folders import each other, directly or through others", () => {
  const reaches = (from: string, seen = new Set<string>()): Set<string> => {
    for (const to of rows.get(from) ?? [])
      if (!seen.has(to)) {
        seen.add(to);
        reaches(to, seen);
      }
    return seen;
  };
  expect([...rows.keys()].filter((folder) => reaches(folder).has(folder))).toEqual([]);
});

test(`components have at most ${componentLines} lines, modules at most ${moduleLines}`, () => {
  const long = files
    .map(({ path, code }) => ({ path, lines: code.trimEnd().split("\n").length }))
    .filter(({ path, lines }) => lines > (path.endsWith(".svelte") ? componentLines : moduleLines));
  expect(long).toEqual([]);
});

test(`no line is wider than ${columns} columns, tables of texts aside`, () => {
  const wide = files
    .filter(({ path }) => !/^\/src\/text\/.*\.(en|de)\.ts$|^\/src\/text\/(en|de)(\.rest)?\.ts$/.test(path))
    .flatMap(({ path, code }) => code.split("\n").map((line, i) => ({ at: `${path}:${i + 1}`, length: line.length })))
    .filter(({ length }) => length > columns);
  expect(wide).toEqual([]);
});

test("the dev server answers every source itself, and passes on what it has none of", () => {
  const proxied = new RegExp(JSON.parse(devServer.match(/proxied = (".+")/)![1]!) as string);
  expect(files.map(({ path }) => path).filter((path) => proxied.test(path))).toEqual([]);
  expect(["/v1/campaigns", "/c/songs", "/assets/x.js"].filter((path) => !proxied.test(path))).toEqual([]);
});
