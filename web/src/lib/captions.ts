import { wishes } from "../text";
import type { Caption } from "./client";
import { recall, remember } from "./local";

/** Captions under an address of this page's own. */
export interface OwnCaption {
  locale: string;
  label: string;
  src: string;
}

const base = (tag: string) => tag.toLowerCase().split("-", 1)[0];
const off = "off";

/** Tells whether two lists name the same captions, also where they were read at different times. */
export const captionKey = (list: readonly Caption[]): string => list.map((c) => `${c.locale} ${c.url}`).join("\n");

/**
 * Fetches captions. A track from another origin plays only where the film
 * comes with permissions for the page too; a copy of our own always does, on
 * any brand's page. What cannot be had is left out.
 */
export async function ownCaptions(list: readonly Caption[]): Promise<OwnCaption[]> {
  const texts = await Promise.all(list.map((c) => fetch(c.url).then((r) => (r.ok ? r.text() : undefined)).catch(() => undefined)));
  return list.flatMap((c, i) => {
    const vtt = texts[i];
    return vtt === undefined ? [] : [{ locale: c.locale, label: c.label || named(c.locale), src: URL.createObjectURL(new Blob([vtt], { type: "text/vtt" })) }];
  });
}

function named(locale: string): string {
  return new Intl.DisplayNames(locale, { type: "language" }).of(locale) ?? locale;
}

/** Which of them is shown: as chosen the last time, else in the language that the visitor reads best. */
export function shownFirst(list: readonly { locale: string }[]): number {
  const last = recall<string>("captions");
  if (last === off) return -1;
  const wish = [last, ...wishes].find((tag) => tag && list.some((c) => base(c.locale) === base(tag)));
  return list.findIndex((c) => wish && base(c.locale) === base(wish));
}

/** Keeps what the visitor chose in the player's own menu. */
export function keepChoice(tracks: TextTrackList): void {
  const showing = [...tracks].find((t) => t.mode === "showing");
  remember("captions", showing?.language ?? off);
}
