import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

const styles = fileURLToPath(new URL("./src/embed/appendStyles.ts", import.meta.url));

/** Puts our way of adding styles in the place of Svelte's. */
const constructedSheets: Plugin = {
  name: "storyreel-constructed-sheets",
  enforce: "pre",
  resolveId: (source, importer) =>
    source.endsWith("/dom/css.js") && importer?.includes("/svelte/") ? styles : undefined,
};

// The script that brands put on their own pages. Styles travel in the script
// and land in the shadow root; nothing of the page around is touched.
export default defineConfig({
  publicDir: false,
  plugins: [
    constructedSheets,
    svelte({ configFile: "svelte.config.js", emitCss: false, compilerOptions: { css: "injected" } }),
  ],
  build: {
    outDir: "dist",
    emptyOutDir: false, // the pages are there already
    modulePreload: false,
    target: ["es2023", "chrome123", "firefox120", "safari17.5"],
    cssTarget: ["chrome123", "firefox120", "safari17.5"], // they have light-dark(); without this it is spelled out for older ones
    rolldownOptions: {
      input: fileURLToPath(new URL("./src/embed/embed.ts", import.meta.url)),
      output: { format: "es", entryFileNames: "embed.js", chunkFileNames: "assets/embed-[name]-[hash].js" },
    },
  },
});
