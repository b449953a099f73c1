// Styles of the embedded elements: tokens and base rules, rewritten for the
// shadow host. The surrounding page may override the custom properties.
import base from "../base.css?inline";
import { language, languages } from "../text";
import tokens from "../tokens.css?inline";

const forHost = (css: string) =>
  css.replace(/:root\[([^\]]+)\]/g, ":host([$1])").replace(/:root|\b(?:html|body)(?=\s*\{)/g, ":host");

const hostRules = `
:host { display: block; color-scheme: inherit; }
:host { --heading: var(--text); }
`;

/** Returns the element to mount into; it carries the language, which may differ from the surrounding page's. */
export function attachStyles(root: ShadowRoot): HTMLElement {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(forHost(tokens) + forHost(base) + hostRules);
  root.adoptedStyleSheets = [sheet];
  const container = document.createElement("div");
  container.lang = language;
  container.dir = languages[language].dir;
  root.replaceChildren(container);
  return container;
}
