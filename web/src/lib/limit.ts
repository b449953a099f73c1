// The length of texts as the service counts it: code points in normalization form C. The attribute maxlength
// counts UTF-16 units, of which an emoji has two and more, and stops composition of Korean in decomposed form.

/** A text as it is sent. */
export const composed = (value: string): string => value.normalize("NFC").trim();

/** Keeps the value of a field at `max` code points, but for what is still being composed. */
export const atMost = (max: number) => (node: HTMLInputElement | HTMLTextAreaElement) => {
  const shorten = (event: Event) => {
    if ((event as InputEvent).isComposing) return;
    const points = [...node.value.normalize("NFC")];
    if (points.length <= max) return;
    node.value = points.slice(0, max).join("");
    node.dispatchEvent(new InputEvent("input", { bubbles: true })); // for what is bound to the value
  };
  node.addEventListener("input", shorten);
  node.addEventListener("compositionend", shorten);
  return () => {
    node.removeEventListener("input", shorten);
    node.removeEventListener("compositionend", shorten);
  };
};
