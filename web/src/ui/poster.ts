/**
 * Attachment of a poster: fades it in once it has arrived, where motion is wanted. One that is there already, or never
 * arrives, changes nothing around it.
 */
export function fadesIn(img: HTMLImageElement): void {
  if (img.complete || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const fade = img.animate({ opacity: [0, 1] }, 150);
  fade.pause();
  img.addEventListener("load", () => fade.play(), { once: true });
}
