/** A field whose value keeps the form from being sent. */
export interface Complaint {
  label: string;
  field: HTMLElement;
}

function labelOf(field: HTMLInputElement): string {
  const label = field.closest("[role=radiogroup]")?.querySelector("p") ?? field.labels?.[0];
  return (label?.querySelector("bdi") ?? label)?.textContent?.trim() ?? "";
}

/** The wrong fields below `part`, one of each group of radio buttons. Each shows its own message from then on. */
export function complaints(part: HTMLElement): Complaint[] {
  const groups = new Set<string>();
  return [...part.querySelectorAll<HTMLInputElement>("input, select, textarea")]
    .filter((field) => !field.checkValidity()) // fires "invalid", which the field's component answers
    .filter((field) => field.type !== "radio" || (!groups.has(field.name) && groups.add(field.name)))
    .map((field) => ({ label: labelOf(field), field }));
}
