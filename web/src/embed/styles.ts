// Takes the place of Svelte's own injection of styles in the embedded build.
// A <style> element would break on pages whose content policy forbids inline
// style; a constructed sheet does not, and is shared by all our elements.
import { active_effect, effect } from "svelte/internal/client";

const sheets = new Map<string, CSSStyleSheet>();

export function append_styles(anchor: Node, css: { hash: string; code: string }): void {
  effect(() => {
    // Lists build their rows off the page; the branch around them is on it.
    const root = (active_effect?.parent?.nodes?.start ?? anchor).getRootNode();
    if (!(root instanceof ShadowRoot)) return;
    let sheet = sheets.get(css.hash);
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(css.code);
      sheets.set(css.hash, sheet);
    }
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
  });
}
