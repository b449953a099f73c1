/** @type {import("@sveltejs/vite-plugin-svelte").SvelteConfig} */
export default {
  compilerOptions: {
    runes: true,
    fragments: "tree", // elements are created, never parsed from strings: trusted types forbid that
  },
};
