import { fileURLToPath } from "node:url";
import { readdirSync } from "node:fs";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const pages = fileURLToPath(new URL("./pages/", import.meta.url));

export default defineConfig({
  root: pages,
  publicDir: "../public",
  plugins: [svelte({ configFile: "../svelte.config.js" })],
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the content policy allows no data: fonts or scripts
    modulePreload: { polyfill: false },
    target: ["es2023", "chrome123", "firefox120", "safari17.5"],
    cssTarget: ["chrome123", "firefox120", "safari17.5"], // they have light-dark(); without this it is spelled out for older ones
    rolldownOptions: {
      input: readdirSync(pages)
        .filter((name) => name.endsWith(".html"))
        .map((name) => pages + name),
    },
  },
});
