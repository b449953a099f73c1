// Handing on a link: the system's share sheet, the clipboard, or neither.

export interface Shared {
  title: string;
  text?: string;
  url: string;
}

/** Whether the system has a share sheet for it. */
export const canShare = (data: Shared): boolean => Boolean(navigator.canShare?.(data));

/** False where the browser has no clipboard (pages without TLS, in-app browsers) or refuses it. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Opens the share sheet, else copies the link; "byHand" if neither worked. A closed sheet counts as shared. */
export async function share(data: Shared): Promise<"shared" | "copied" | "byHand"> {
  if (canShare(data)) {
    try {
      await navigator.share(data);
      return "shared";
    } catch (cause) {
      if ((cause as Error).name === "AbortError") return "shared"; // closed by the visitor
    }
  }
  return (await copy(data.url)) ? "copied" : "byHand";
}
