// Replaces Svelte's style injection in the embedded build. A <style> element is
// blocked on pages whose content policy forbids inline styles; a constructed sheet
// is not, and all elements share it.
import { active_effect, effect } from "svelte/internal/client";

const sheets = new Map<string, CSSStyleSheet>();

export function append_styles(anchor: Node, css: { hash: string; code: string }): void {
  effect(() => {
    // List items are built in a detached fragment; the parent effect is in the document.
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
