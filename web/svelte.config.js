/** @type {import("@sveltejs/vite-plugin-svelte").SvelteConfig} */
export default {
  compilerOptions: {
    runes: true,
    // Components read props that are fixed for their life (an id, a campaign) once; those that change are keyed.
    warningFilter: ({ code }) => code !== "state_referenced_locally",
    fragments: "tree", // elements are created, never parsed from strings: trusted types forbid that
  },
};
