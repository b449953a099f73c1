// The look inside the elements: our tokens and base rules, turned to the
// shadow host. The page around may set any of the custom properties.
import base from "../base.css?inline";
import { language, languages } from "../text";
import tokens from "../tokens.css?inline";

const turned = (css: string) =>
  css.replace(/:root\[([^\]]+)\]/g, ":host([$1])").replace(/:root|(?<![\w-])(?:html|body)(?=\s*\{)/g, ":host");

const own = `
:host { display: block; color-scheme: inherit; --text: system-ui, sans-serif; --heading: var(--text); --mono: ui-monospace, monospace; }
`;

/** Returns where to mount: our own element, because the language of the page around may be another. */
export function dress(root: ShadowRoot): HTMLElement {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(turned(tokens) + turned(base) + own);
  root.adoptedStyleSheets = [sheet];
  const inside = document.createElement("div");
  inside.lang = language;
  inside.dir = languages[language].dir;
  root.replaceChildren(inside);
  return inside;
}
