declare module "hls.js/light" {
  export { default } from "hls.js";
}

declare module "svelte/internal/client" {
  export function effect(run: () => void): void;
  export const active_effect: { parent?: { nodes?: { start?: Node } } } | null;
}
