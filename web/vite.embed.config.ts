import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

const appendStyles = fileURLToPath(new URL("./src/embed/appendStyles.ts", import.meta.url));
const noElements = "\0no-custom-elements";

/** Replaces Svelte's style injection, and leaves out what no element uses: Svelte's own custom elements, Vite's preloading. */
const svelteParts: Plugin = {
  name: "storyreel-svelte-parts",
  enforce: "pre",
  resolveId(source, importer) {
    if (!importer?.includes("/svelte/")) return undefined;
    if (source.endsWith("/custom-element.js")) return noElements;
    return source.endsWith("/dom/css.js") ? appendStyles : undefined;
  },
  load: (id) =>
    ({
      [noElements]: "export const create_custom_element = undefined;",
      "\0vite/preload-helper.js": "export const __vitePreload = (load) => load();", // there is nothing to preload
    })[id],
};

// The script that brands include in their own pages. Styles are part of the script
// and go into the shadow root; the surrounding page is not touched.
export default defineConfig({
  publicDir: false,
  plugins: [
    svelteParts,
    svelte({
      configFile: "svelte.config.js",
      emitCss: false,
      compilerOptions: { css: "injected", discloseVersion: false },
    }),
  ],
  build: {
    outDir: "dist",
    emptyOutDir: false, // the pages were built there before
    modulePreload: false,
    target: "es2022",
    cssTarget: ["chrome111", "firefox113", "safari16.4"], // which have oklch() and constructed style sheets
    rolldownOptions: {
      input: fileURLToPath(new URL("./src/embed/embed.ts", import.meta.url)),
      output: {
        // What both elements need, in one file; parts of Svelte that lazily loaded components alone use, in another.
        advancedChunks: {
          includeDependenciesRecursively: false,
          groups: [
            { name: "fields", test: /svelte\/.*\/bindings\/(input|select|media|files|this)\.js$/ },
            {
              name: "shared",
              test: /svelte\/|src\/(text\/index|browser\/local|lib\/(client|loader|format)|embed\/a|ui\/Notice|base|tokens)|openapi-fetch|clsx|client\/src\/error/,
            },
          ],
        },
        format: "es",
        entryFileNames: "embed.js",
        chunkFileNames: "assets/embed-[name]-[hash].js",
      },
    },
  },
});
