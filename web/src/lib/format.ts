import { locale, text } from "../text";

/** 0:42, 1:04:09; with tenths where frames matter. */
export function clock(seconds: number, tenths = false): string {
  if (!Number.isFinite(seconds)) return "–:––";
  const s = Math.max(0, tenths ? Math.floor(seconds * 10) / 10 : Math.round(seconds));
  const rest = (s % 60).toFixed(tenths ? 1 : 0).padStart(tenths ? 4 : 2, "0");
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

/** Seconds from the format of `clock` or from plain seconds; undefined for anything else. */
export function parseClock(value: string): number | undefined {
  const found = /^(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d+)?)$/.exec(value.trim());
  if (!found) return undefined;
  const [, hours = "0", minutes = "0", seconds = "0"] = found;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds.replace(",", "."));
}

export function bytes(n: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(n, 1)) / 3)));
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: units[step]!,
    unitDisplay: "short",
    maximumFractionDigits: step > 1 ? 1 : 0,
  }).format(n / 1000 ** step);
}

export const percent = (share: number): string =>
  new Intl.NumberFormat(locale, { style: "percent" }).format(Math.floor(share * 100) / 100);

export const count = (n: number): string => new Intl.NumberFormat(locale).format(n);

/** A duration in its largest fitting unit: 40 seconds, 3 minutes. */
export function span(seconds: number): string {
  const [value, unit] =
    seconds < 90
      ? [seconds, "second"]
      : seconds < 5400
        ? [seconds / 60, "minute"]
        : seconds < 172_800
          ? [seconds / 3600, "hour"]
          : [seconds / 86_400, "day"];
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: unit as string,
    unitDisplay: "long",
    maximumFractionDigits: 0,
  }).format(Math.max(1, Math.round(value as number)));
}

export const dateTime = (iso: string): string =>
  new Date(iso).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });

export const utc = (iso: string): string => new Date(iso).toISOString().replace("T", " ").replace(/\..*/, " UTC");

function named(type: "region" | "language", code: string, reader = locale): string {
  try {
    return new Intl.DisplayNames(reader, { type }).of(code) ?? code;
  } catch {
    return code; // unknown to the browser, or still being typed
  }
}

export const country = (code: string | undefined): string => (code ? named("region", code.toUpperCase()) : "");

/** Artist, contributor's name and country, as far as they are known. */
export const credits = (song: { artist: string }, name: string, code: string | undefined): string =>
  [song.artist, name, country(code)].filter(Boolean).join(" · ");

/** The name of a language, in the visitor's language or in `reader`. */
export const languageName = (code: string, reader?: string): string => named("language", code, reader);

/** The host of a link as browsers call it, with names of other scripts in Punycode. */
export function linkHost(link: string): string {
  try {
    return new URL(link).host;
  } catch {
    return link;
  }
}

/** The story's title, or one made from its song. */
export const storyTitle = (s: { title?: string; song: { title: string } }): string =>
  s.title || text.story.about(s.song.title);
