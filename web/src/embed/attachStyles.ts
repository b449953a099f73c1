// Styles of the embedded elements: tokens and base rules, rewritten for the
// shadow host. The surrounding page may override the custom properties.
import base from "../base.css?inline";
import { origin } from "../lib/client";
import { language, languages } from "../text";
import tokens from "../tokens.css?inline";

const forHost = (css: string) =>
  css.replace(/:root\[([^\]]+)\]/g, ":host([$1])").replace(/:root|\b(?:html|body)(?=\s*\{)/g, ":host");

const hostRules = `
:host { display: block; color-scheme: inherit; }
:host { --heading: var(--text); }
`;

/**
 * The campaign's colors, in a rule of the host: what the page sets on the element prevails. Without an answer the
 * element keeps the product's.
 */
function campaignColors(slug: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  fetch(`${origin}/c/${encodeURIComponent(slug)}/element.css`)
    .then(async (r) => r.ok && sheet.replaceSync(await r.text()))
    .catch(() => {});
  return sheet;
}

/** Returns the element to mount into; it carries the language, which may differ from the surrounding page's. */
export function attachStyles(root: ShadowRoot, slug: string): HTMLElement {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(forHost(tokens) + forHost(base) + hostRules);
  root.adoptedStyleSheets = [sheet, campaignColors(slug)];
  const container = document.createElement("div");
  container.lang = language;
  container.dir = languages[language].dir;
  root.replaceChildren(container);
  return container;
}
