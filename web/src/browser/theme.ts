import { recall, remember } from "./local";

export type Theme = "system" | "light" | "dark";

export const theme = (): Theme => recall<Theme>("theme") ?? "system";

export function setTheme(wish: Theme): void {
  remember("theme", wish);
  applyTheme();
}

/** `usual` is a page's own default where nobody chose. */
export function applyTheme(usual: Theme = "system"): void {
  const wish = theme();
  const use = wish === "system" ? usual : wish;
  if (use === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = use;
}
