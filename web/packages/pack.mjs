// Packs the built npm packages with a version: node pack.mjs VERSION DIR. Prints the names of the archives. The same
// build gives the same bytes.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [version, out] = process.argv.slice(2);
if (!version || !out) throw new Error("usage: node pack.mjs VERSION DIR");
mkdirSync(out, { recursive: true });
const stage = mkdtempSync(join(tmpdir(), "storyreel-pack-"));
try {
  for (const name of ["client", "react"]) {
    const dir = join(stage, name);
    for (const part of ["dist", "README.md"]) cpSync(here(`${name}/${part}`), join(dir, part), { recursive: true });
    cpSync(here("../../LICENSE"), join(dir, "LICENSE"));
    const manifest = JSON.parse(readFileSync(here(`${name}/package.json`), "utf8"));
    writeFileSync(join(dir, "package.json"), JSON.stringify({ ...manifest, version }, null, 2) + "\n");
    const args = ["pack", "--ignore-scripts", "--silent", "--pack-destination", resolve(out), dir];
    process.stdout.write(execFileSync("npm", args, { cwd: stage, encoding: "utf8" }));
  }
} finally {
  rmSync(stage, { recursive: true, force: true });
}
