// Builds the npm packages into their dist folders, checks them and what they weigh in a page.
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { build } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const kB = 1000;

/** Bytes of what an application loads for these exports, minified and compressed, without React. */
async function weight(name, exports) {
  const entry = "virtual:entry";
  const from = here(`${name}/dist/index.js`);
  const built = await build({
    configFile: false,
    root: here("../"),
    logLevel: "error",
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) => (id === entry ? `export { ${exports} } from ${JSON.stringify(from)}` : undefined),
      },
    ],
    build: {
      write: false,
      minify: true,
      rolldownOptions: { input: entry, external: ["react"], preserveEntrySignatures: "strict" },
    },
  });
  return built.output.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);
}

const budget = [
  ["client", "Storyreel", 7.5 * kB],
  ["client", "verifyWebhook", 1 * kB],
  ["react", "StoryreelFeed, StoryreelUpload", 1.2 * kB],
];

let failed = false;
for (const name of ["client", "react"]) {
  rmSync(here(`${name}/dist`), { recursive: true, force: true });
  execFileSync(process.execPath, [here("../node_modules/typescript/bin/tsc"), "-p", here(name)], { stdio: "inherit" });
}
copyFileSync(here("../src/api.d.ts"), here("client/dist/api.d.ts"));
for (const name of ["client", "react"]) {
  const pkg = JSON.parse(readFileSync(here(`${name}/package.json`), "utf8"));
  const { messages } = await publint({ pkgDir: here(name), strict: true });
  for (const message of messages) console.error(`${pkg.name}: ${formatMessage(message, pkg)}`);
  failed ||= messages.length > 0;
}
for (const [name, exports, max] of budget) {
  const size = await weight(name, exports);
  console.log(`@storyreel/${name} ${exports}: ${(size / kB).toFixed(1)} of ${max / kB} kB, gzipped`);
  failed ||= size > max;
}
if (failed) {
  console.error("a package is wrong, or exceeds its budget");
  process.exit(1);
}
