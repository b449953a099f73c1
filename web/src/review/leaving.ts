// Motion that shows that a decided story leaves the list, and that the others move up.
const options = { duration: 150, easing: "ease-out" };

/**
 * Called before the first item of `list` is removed; the function that it returns is called afterwards. A copy of the
 * item moves out, without role or focus, and the items that stay move from where they were.
 */
export function firstLeaves(list: HTMLElement): (() => void) | undefined {
  const item = list.firstElementChild;
  if (!item || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const box = item.getBoundingClientRect();
  const copy = item.cloneNode(true) as HTMLElement;
  const places = new Map([...list.children].map((e) => [e, e.getBoundingClientRect()]));
  return () => {
    for (const [child, at] of places) {
      if (!child.isConnected) continue;
      const now = child.getBoundingClientRect();
      child.animate({ transform: [`translate(${at.left - now.left}px, ${at.top - now.top}px)`, "none"] }, options);
    }
    const holder = document.createElement("div");
    holder.inert = true;
    holder.ariaHidden = "true";
    Object.assign(holder.style, {
      position: "fixed",
      top: `${box.top}px`,
      left: `${box.left}px`,
      width: `${box.width}px`,
      pointerEvents: "none",
    });
    copy.removeAttribute("aria-current");
    copy.role = "presentation";
    holder.append(copy);
    document.body.append(holder); // the list has its own items only
    const motion = holder.animate({ transform: ["none", "translateX(-2rem)"], opacity: [1, 0] }, options);
    motion.onfinish = motion.oncancel = () => holder.remove();
  };
}
