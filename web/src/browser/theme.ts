import { recall, remember } from "./local";

export type Theme = "system" | "light" | "dark";

export const theme = (): Theme => recall<Theme>("theme") ?? "system";

export function setTheme(choice: Theme): void {
  remember("theme", choice);
  applyTheme();
}

/** `fallback` is the page's default where the visitor has not chosen. */
export function applyTheme(fallback: Theme = "system"): void {
  const choice = theme();
  const use = choice === "system" ? fallback : choice;
  if (use === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = use;
}
