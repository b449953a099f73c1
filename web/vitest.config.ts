import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte({ configFile: "svelte.config.js" })],
  resolve: { conditions: ["browser"] },
  server: { fs: { allow: [".", "../docs", "../e2e/browser"] } }, // read by tests of folders and words
  test: {
    include: ["src/**/*.test.ts", "packages/*/test/*.test.{ts,tsx}"],
    environment: "happy-dom",
    setupFiles: ["src/test/setup.ts"],
    css: { include: [/tokens\.css/] }, // compared with the documentation
    restoreMocks: true,
    unstubGlobals: true,
    isolate: false,
  },
});
