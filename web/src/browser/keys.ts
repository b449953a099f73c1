/** The pressed key in lower case; undefined while typing, with a modifier held or on key repeat. */
export function plainKey(event: KeyboardEvent): string | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return undefined;
  const target = event.target;
  if (
    target instanceof HTMLElement &&
    target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog[open]")
  )
    return undefined;
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}
