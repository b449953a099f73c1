import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

const appendStyles = fileURLToPath(new URL("./src/embed/appendStyles.ts", import.meta.url));

/** Replaces Svelte's style injection. */
const constructedSheets: Plugin = {
  name: "storyreel-constructed-sheets",
  enforce: "pre",
  resolveId: (source, importer) =>
    source.endsWith("/dom/css.js") && importer?.includes("/svelte/") ? appendStyles : undefined,
};

// The script that brands include in their own pages. Styles are part of the script
// and go into the shadow root; the surrounding page is not touched.
export default defineConfig({
  publicDir: false,
  plugins: [
    constructedSheets,
    svelte({ configFile: "svelte.config.js", emitCss: false, compilerOptions: { css: "injected" } }),
  ],
  build: {
    outDir: "dist",
    emptyOutDir: false, // the pages were built there before
    modulePreload: false,
    target: "es2022",
    cssTarget: ["chrome111", "firefox113", "safari16.4"], // which have oklch() and constructed style sheets
    rolldownOptions: {
      input: fileURLToPath(new URL("./src/embed/embed.ts", import.meta.url)),
      output: { format: "es", entryFileNames: "embed.js", chunkFileNames: "assets/embed-[name]-[hash].js" },
    },
  },
});
