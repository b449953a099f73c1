// Motion that shows which story went into which slot.
const duration = 180; // milliseconds

/**
 * An effect of a slot: a story that comes into it, unlike the one that is there at first, is shown to move from its
 * card to the slot's poster. `slot` reads the story's id and the poster.
 */
export function movesIn(slot: () => [string | undefined, HTMLImageElement | undefined]): () => void {
  let before: string | null | undefined = null; // until the first look
  return () => {
    const [story, poster] = slot();
    if (story && before !== null && story !== before && poster) moveToSlot(story, poster);
    before = story;
  };
}

/**
 * Moves a copy of the card's poster to the poster of a slot, over everything else. Does nothing where less motion is
 * wanted, or where one of them is out of sight.
 */
function moveToSlot(story: string, poster: HTMLImageElement): void {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches || document.querySelector("dialog[open]")) return;
  const card = document.querySelector<HTMLElement>(`[data-poster-of="${CSS.escape(story)}"]`);
  const [from, to] = [card?.getBoundingClientRect(), poster.getBoundingClientRect()];
  if (!from?.width || !to.width || from.bottom < 0 || from.top > innerHeight) return;
  const copy = poster.cloneNode() as HTMLImageElement;
  copy.ariaHidden = "true";
  Object.assign(copy.style, {
    position: "fixed",
    zIndex: "10",
    top: `${to.top}px`,
    left: `${to.left}px`,
    width: `${to.width}px`,
    height: `${to.height}px`,
    transformOrigin: "0 0",
    pointerEvents: "none",
  });
  document.body.append(copy);
  const [x, y] = [from.left - to.left, from.top - to.top];
  const start = `translate(${x}px, ${y}px) scale(${from.width / to.width}, ${from.height / to.height})`;
  const motion = copy.animate({ transform: [start, "none"], opacity: [0.6, 1] }, { duration, easing: "ease-out" });
  motion.onfinish = motion.oncancel = () => copy.remove();
}
