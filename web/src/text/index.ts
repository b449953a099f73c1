// Every word a person reads, in the language the visitor wants. An entry calls
// `speak` before it mounts anything; from then on `text` and `locale` are there
// for everybody. Each language is files of its own, and only one is loaded.
import { recall, remember } from "../browser/local";
import type { First } from "./en";
import type { Rest } from "./en.rest";
import { laid, type Some } from "./laid";
import type { Staff } from "./staff.en";

export const languages = { en: { name: "English", dir: "ltr" }, de: { name: "Deutsch", dir: "ltr" } } as const;
export type Language = keyof typeof languages;

/** Of `Rest` only those may read who came by `withWords`, or are on a page of our own. */
export let text!: First & Rest;
export let staff!: Staff;
/** For Intl, and told to the service: the language with the visitor's own region, where it names one. */
export let locale = "en";
export let language: Language = "en";
/** What the visitor reads, best first; also languages that we do not speak. */
export let wishes: readonly string[] = ["en"];

const firsts: Record<Language, () => Promise<First>> = {
  en: async () => (await import("./en")).text,
  de: async () => (await import("./de")).text,
};
const rests: Record<Language, () => Promise<Rest>> = {
  en: async () => (await import("./en.rest")).text,
  de: async () => (await import("./de.rest")).text,
};
// English lies beneath: a console's newest words may not have been translated yet.
const staffs: Record<Language, () => Promise<Some<Staff>>> = {
  en: async () => ({}),
  de: async () => (await import("./staff.de")).staff,
};

const base = (tag: string) => tag.toLowerCase().split("-", 1)[0]!;
const known = (tag: string): tag is Language => tag in languages;

function valid(tag: string): boolean {
  try {
    return Boolean(new Intl.Locale(tag));
  } catch {
    return false; // an address says whatever somebody wrote into it
  }
}

/** `asked` comes from the address or the element, and goes before what was chosen earlier. */
function decide(asked: string | null): void {
  wishes = [asked, recall<string>("language"), ...navigator.languages].filter(
    (tag): tag is string => Boolean(tag) && valid(tag!),
  );
  language = wishes.map(base).find(known) ?? "en";
  locale = wishes.find((tag) => base(tag) === language && tag.includes("-")) ?? language;
}

/** Loads once; what failed is tried again by the next who asks. */
function once(load: () => Promise<void>): () => Promise<void> {
  let loaded: Promise<void> | undefined;
  return () => {
    loaded ??= load();
    loaded.catch(() => (loaded = undefined));
    return loaded;
  };
}

let decided = false;
const lay = (words: First | Rest) => void (text = { ...text, ...words });
const first = once(async () => lay(await firsts[language]()));
const rest = once(async () => lay(await rests[language]()));

/** Loads the words that are read first. Whoever asks first decides the language. */
export function speak(asked: string | null): Promise<void> {
  if (!decided) decide(asked);
  decided = true;
  return first();
}

/** A part of the page that is loaded when it is first used, together with the words it needs. */
export const withWords = async <T>(part: Promise<T>): Promise<T> => (await Promise.all([part, rest()]))[0];

/** What the service says by a code, in the visitor's language; it speaks English itself. */
export const told = (code: string, english: string): string => text.told?.[code] ?? english;

/** For a whole page of our own: all words for the public. */
export async function speakPage(): Promise<void> {
  await withWords(speak(new URLSearchParams(location.search).get("lang")));
  document.documentElement.lang = language;
  document.documentElement.dir = languages[language].dir;
}

/** As `speakPage`, with the words of the rooms of staff. */
export async function speakStaff(): Promise<void> {
  const [english] = await Promise.all([import("./staff.en"), speakPage()]);
  staff = laid(english.staff, await staffs[language]());
}

/** Keeps the visitor's choice and shows the page in it. */
export function choose(wish: Language): void {
  remember("language", wish);
  const here = new URL(location.href);
  here.searchParams.delete("lang");
  if (here.href === location.href) location.reload();
  else location.replace(here);
}
