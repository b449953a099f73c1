/**
 * The pressed key in lower case; undefined while typing, with a modifier held or on key repeat, and in a dialog that is
 * not `dialog`.
 */
export function plainKey(event: KeyboardEvent, dialog?: HTMLElement): string | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return undefined;
  const target = event.target;
  if (
    target instanceof HTMLElement &&
    (target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") ||
      (target.closest("dialog[open]") ?? dialog) !== dialog)
  )
    return undefined;
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}
