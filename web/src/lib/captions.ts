import { wishes } from "../text";
import type { Caption } from "./client";
import { recall, remember } from "../browser/local";

const base = (tag: string) => tag.toLowerCase().split("-", 1)[0];
const off = "off";

/** Tells whether two lists name the same captions, also where they were read at different times. */
export const captionKey = (list: readonly Caption[]): string => list.map((c) => `${c.locale} ${c.url}`).join("\n");

/** Shown by us and not by `default`: browsers look at that only while the film begins to load. */
export function show(node: HTMLTrackElement, shown: boolean): void {
  node.track.mode = shown ? "showing" : "disabled";
}

/** What a track holds until its text is there: one without an address counts as broken as soon as it is picked. */
const blank = () => new Blob(["WEBVTT\n"], { type: "text/vtt" });

/**
 * Gives a track its text once it is shown, at first or when the visitor picks
 * it. A track from another origin plays only where the film comes with
 * permissions for the page too; a copy of our own always does, on any brand's
 * page. What could not be had is tried again when it is picked again. Returns
 * how to end that.
 */
export function textOnceShown(node: HTMLTrackElement, url: string): () => void {
  const tracks = (node.parentNode as HTMLMediaElement).textTracks;
  let own = (node.src = URL.createObjectURL(blank()));
  let [asked, gone] = [false, false];
  const swap = (vtt: Blob) => {
    const before = own;
    own = node.src = URL.createObjectURL(vtt);
    URL.revokeObjectURL(before);
  };
  const look = () => {
    if (asked || node.track.mode !== "showing") return;
    asked = true;
    // Not by the typed client: the service names an address, of the feed's captions or of the staff's,
    // and the client only makes addresses by itself, of parts that a player does not know.
    void fetch(url)
      .then(async (r) => (r.ok ? new Blob([await r.text()], { type: "text/vtt" }) : undefined))
      .catch(() => undefined)
      .then((vtt) => {
        asked = Boolean(vtt);
        if (vtt && !gone) swap(vtt);
      });
  };
  tracks.addEventListener("change", look);
  look();
  return () => {
    gone = true;
    tracks.removeEventListener("change", look);
    URL.revokeObjectURL(own);
  };
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
