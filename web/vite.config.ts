import { fileURLToPath } from "node:url";
import { readdirSync } from "node:fs";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { embed, service } from "./build/dev.ts";

const web = fileURLToPath(new URL("./", import.meta.url));
const pages = web + "pages/";
const [host, port] = (process.env.DEV_LISTEN ?? "127.0.0.1:8080").split(":");

export default defineConfig(({ command }) => ({
  root: command === "serve" ? web : pages, // the dev server serves /src, too
  publicDir: web + "public",
  plugins: [
    svelte({ configFile: web + "svelte.config.js" }),
    service(process.env.DEV_SERVICE ?? "http://127.0.0.1:8082"),
    embed(),
  ],
  server: { host, port: Number(port), strictPort: true },
  build: {
    outDir: web + "dist",
    manifest: "manifest.json", // names the files of the texts, which the service links before they are asked for
    emptyOutDir: true,
    assetsInlineLimit: 0, // the content policy forbids data: URLs for fonts and scripts
    modulePreload: { polyfill: false },
    target: "es2022",
    cssTarget: ["chrome100", "firefox100", "safari15.4"],
    rolldownOptions: {
      output: {
        // One file of what all pages need: a phone's first visit pays a round trip for every six files.
        advancedChunks: { groups: [{ name: "shared", minShareCount: 6 }] },
      },
      input: readdirSync(pages)
        .filter((name) => name.endsWith(".html"))
        .map((name) => pages + name),
    },
  },
}));
