import { preferredLanguages } from "../text";
import type { Caption } from "./client";
import { languageName } from "./format";
import { recall, remember } from "../browser/local";

const base = (tag: string) => tag.toLowerCase().split("-", 1)[0];
const off = "off";

/** Equal for lists that name the same captions. */
export const captionKey = (list: readonly Pick<Caption, "locale" | "url">[]): string =>
  list.map((c) => `${c.locale} ${c.url}`).join("\n");

/** The name of captions in a list, in the visitor's language unless they have one of their own. */
export const captionName = (c: Pick<Caption, "label" | "locale">): string =>
  c.label || languageName(c.locale, c.locale);

/** Shows or disables a track by its mode; browsers read the `default` attribute only when the video starts to load. */
export function setShown(node: HTMLTrackElement, shown: boolean): void {
  node.track.mode = shown ? "showing" : "disabled";
}

/** Placeholder until the captions are loaded; a track without a URL fails as soon as it is selected. */
const blank = () => new Blob(["WEBVTT\n"], { type: "text/vtt" });

/**
 * Loads a track's captions once it is shown, initially or when the visitor
 * selects it. The track gets a blob URL: a track from another origin plays only
 * if the video is fetched with CORS, a blob plays on any brand's page. A failed
 * load is repeated when the track is selected again. Returns a function that
 * releases everything.
 */
export function loadTextWhenShown(node: HTMLTrackElement, url: string): () => void {
  const tracks = (node.parentNode as HTMLMediaElement).textTracks;
  let objectURL = (node.src = URL.createObjectURL(blank()));
  let [requested, released] = [false, false];
  const swap = (vtt: Blob) => {
    const before = objectURL;
    objectURL = node.src = URL.createObjectURL(vtt);
    URL.revokeObjectURL(before);
  };
  const load = () => {
    if (requested || node.track.mode !== "showing") return;
    requested = true;
    // Not through the typed client: the service supplies a complete URL, either of
    // the feed's captions or of the staff's.
    void fetch(url)
      .then(async (r) => (r.ok ? new Blob([await r.text()], { type: "text/vtt" }) : undefined))
      .catch(() => undefined)
      .then((vtt) => {
        requested = Boolean(vtt);
        if (vtt && !released) swap(vtt);
      });
  };
  tracks.addEventListener("change", load);
  load();
  return () => {
    released = true;
    tracks.removeEventListener("change", load);
    URL.revokeObjectURL(objectURL);
  };
}

/** Index of the track to show: the visitor's last choice, else their preferred language; -1 for none. */
export function preferredTrack(list: readonly { locale: string }[]): number {
  const last = recall<string>("captions");
  if (last === off) return -1;
  const language = [last, ...preferredLanguages].find((tag) => tag && list.some((c) => base(c.locale) === base(tag)));
  return list.findIndex((c) => language && base(c.locale) === base(language));
}

/** Stores the visitor's choice in the player's captions menu. */
export function rememberChoice(tracks: TextTrackList): void {
  const showing = [...tracks].find((t) => t.mode === "showing");
  remember("captions", showing?.language ?? off);
}
