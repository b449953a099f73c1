// Fails the build when a page loads too much script before anything is played.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const kB = 1000;
// The board's includes the library that keeps only the visible part of ten thousand stories in the document.
const budget = { campaign: 60 * kB, status: 50 * kB, review: 60 * kB, board: 70 * kB };

/** Scripts that a page loads at once: its entry and all static imports. */
function scripts(page) {
  const html = readFileSync(new URL(`${page}.html`, dist), "utf8");
  return [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, file]) => file);
}

/**
 * Scripts that a brand's page loads for one element: the entry, the element's content and its static
 * imports. Recorder, trim bar, song search, the rest of the form, filters and player load on first use.
 */
function element(name) {
  const entry = readFileSync(new URL("embed.js", dist), "utf8");
  const found = new Set(["embed.js"]);
  const visit = (file) => {
    if (found.has(file)) return;
    found.add(file);
    for (const [, next] of readFileSync(new URL(file, dist), "utf8").matchAll(
      /(?:from|import)"\.\/(embed-[\w.-]+\.js)"/g,
    ))
      visit(`assets/${next}`);
  };
  visit(entry.match(new RegExp(`assets/embed-${name}-[\\w-]+\\.js`))[0]);
  return [...found];
}

const weight = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
const total = (files) => files.reduce((sum, file) => sum + weight(file), 0);

/** Size of the texts, which load separately, in the larger language. */
function texts(prefix, ...kinds) {
  const names = readdirSync(new URL("assets/", dist));
  const of = (language) =>
    names.filter((name) => kinds.some((kind) => new RegExp(`^${prefix}${language}${kind}-[\\w-]{8}\\.js$`).test(name)));
  return Math.max(...["en", "de"].map((language) => total(of(language).map((name) => `assets/${name}`))));
}

let failed = false;
function check(name, size, max) {
  console.log(`${name.padEnd(16)} ${(size / kB).toFixed(1)} of ${max / kB} kB of script, gzipped`);
  failed ||= size > max;
}
for (const [page, max] of Object.entries(budget)) check(page, total(scripts(page)) + texts("", "", ".rest"), max);
check("embed.js", weight("embed.js"), 4 * kB);
// 1 kB of these is for living elements: attributes that change, methods, events of the feed, children until it is ready.
check("  with feed", total(element("feed")) + texts("embed-", ""), 31 * kB);
check("  with upload", total(element("upload")) + texts("embed-", ""), 31 * kB);
if (!readdirSync(dist).includes(".gitkeep"))
  throw new Error("dist/.gitkeep is missing: a clone without Node could not build");
if (failed) {
  console.error("a page exceeds its budget");
  process.exit(1);
}
