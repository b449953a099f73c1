// Every word a person reads, in the language the visitor wants. An entry calls
// `speak` before it mounts anything; from then on `text` and `locale` are there
// for everybody. Each language is a file of its own, and only one is loaded.
import { recall, remember } from "../lib/local";
import type { Text } from "./en";
import { laid, type Some } from "./laid";
import type { Staff } from "./staff.en";

export const languages = { en: { name: "English", dir: "ltr" }, de: { name: "Deutsch", dir: "ltr" } } as const;
export type Language = keyof typeof languages;

export let text!: Text;
export let staff!: Staff;
/** For Intl, and told to the service: the language with the visitor's own region, where it names one. */
export let locale = "en";
export let language: Language = "en";
/** What the visitor reads, best first; also languages that we do not speak. */
export let wishes: readonly string[] = ["en"];

const texts: Record<Language, () => Promise<Text>> = { en: async () => (await import("./en")).text, de: async () => (await import("./de")).text };
// English lies beneath: a console's newest words may not have been translated yet.
const staffTexts: Record<Language, () => Promise<Some<Staff>>> = { en: async () => ({}), de: async () => (await import("./staff.de")).staff };

const base = (tag: string) => tag.toLowerCase().split("-", 1)[0]!;
const known = (tag: string): tag is Language => tag in languages;

function valid(tag: string): boolean {
  try {
    return Boolean(new Intl.Locale(tag));
  } catch {
    return false; // an address says whatever somebody wrote into it
  }
}

let spoken: Promise<void> | undefined;

/** Loads the words, once. `asked` comes from the address or the element, and goes before what was chosen earlier. */
export function speak(asked: string | null): Promise<void> {
  spoken ??= load(asked);
  spoken.catch(() => (spoken = undefined)); // the next element tries again
  return spoken;
}

async function load(asked: string | null): Promise<void> {
  wishes = [asked, recall<string>("language"), ...navigator.languages].filter((tag): tag is string => Boolean(tag) && valid(tag!));
  language = wishes.map(base).find(known) ?? "en";
  locale = wishes.find((tag) => base(tag) === language && tag.includes("-")) ?? language;
  text = await texts[language]();
}

/** As `speak`, for a whole page of our own. */
export async function speakPage(): Promise<void> {
  await speak(new URLSearchParams(location.search).get("lang"));
  document.documentElement.lang = language;
  document.documentElement.dir = languages[language].dir;
}

/** As `speakPage`, with the words of the rooms of staff. */
export async function speakStaff(): Promise<void> {
  const [english] = await Promise.all([import("./staff.en"), speakPage()]);
  staff = laid(english.staff, await staffTexts[language]());
}

/** Keeps the visitor's choice and shows the page in it. */
export function choose(wish: Language): void {
  remember("language", wish);
  const here = new URL(location.href);
  here.searchParams.delete("lang");
  if (here.href === location.href) location.reload();
  else location.replace(here);
}
