// Holds the build to its size: what a page loads before anything is played.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const kB = 1024;
const budget = { campaign: 60 * kB, status: 50 * kB, review: 60 * kB, board: 60 * kB };

/** Scripts a page loads at once: its entry and everything that entry imports statically. */
function scripts(page) {
  const html = readFileSync(new URL(`${page}.html`, dist), "utf8");
  return [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, file]) => file);
}

let failed = false;
for (const [page, max] of Object.entries(budget)) {
  const size = scripts(page).reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length, 0);
  console.log(`${page.padEnd(10)} ${(size / kB).toFixed(1)} of ${max / kB} kB of script, gzipped`);
  failed ||= size > max;
}
if (!readdirSync(dist).includes(".gitkeep")) throw new Error("dist/.gitkeep is gone: a clone without Node could not build");
if (failed) {
  console.error("a page has outgrown its budget");
  process.exit(1);
}
