// All UI texts, in the language the visitor prefers. An entry script awaits one of
// the load functions before it mounts anything; `text` and `locale` are set from
// then on. Each language is files of its own, and only one language is loaded.
import { recall, remember } from "../browser/local";
import type { CoreTexts } from "./en";
import type { RestTexts } from "./en.rest";
import { type DeepPartial, merge } from "./merge";
import type { StaffTexts } from "./staff.en";

export const languages = { en: { name: "English", dir: "ltr" }, de: { name: "Deutsch", dir: "ltr" } } as const;
export type Language = keyof typeof languages;

/** `RestTexts` are set on our own pages, and in components loaded through `withTexts`. */
export let text!: CoreTexts & RestTexts;
/** Set by `loadStaffLocale`. */
export let staff!: StaffTexts;
/** For Intl, and sent to the service: the language with the visitor's own region where it is known. */
export let locale = "en";
export let language: Language = "en";
/** Language tags the visitor reads, best first, including languages the UI does not have. */
export let preferredLanguages: readonly string[] = ["en"];

const coreTexts: Record<Language, () => Promise<CoreTexts>> = {
  en: async () => (await import("./en")).text,
  de: async () => (await import("./de")).text,
};
const restTexts: Record<Language, () => Promise<RestTexts>> = {
  en: async () => (await import("./en.rest")).text,
  de: async () => (await import("./de.rest")).text,
};
// Staff texts fall back to English: new ones may not have been translated yet.
const staffTexts: Record<Language, () => Promise<DeepPartial<StaffTexts>>> = {
  en: async () => ({}),
  de: async () => (await import("./staff.de")).staff,
};

const base = (tag: string) => tag.toLowerCase().split("-", 1)[0]!;
const known = (tag: string): tag is Language => tag in languages;

function valid(tag: string): boolean {
  try {
    return Boolean(new Intl.Locale(tag));
  } catch {
    return false; // the address may contain anything
  }
}

/** `asked` comes from the address or the element and overrides the visitor's stored choice. */
function chooseLanguage(asked: string | null): void {
  preferredLanguages = [asked, recall<string>("language"), ...navigator.languages].filter(
    (tag): tag is string => Boolean(tag) && valid(tag!),
  );
  language = preferredLanguages.map(base).find(known) ?? "en";
  locale = preferredLanguages.find((tag) => base(tag) === language && tag.includes("-")) ?? language;
}

/** Loads once; a failed load is repeated by the next caller. */
function once(load: () => Promise<void>): () => Promise<void> {
  let loaded: Promise<void> | undefined;
  return () => {
    loaded ??= load();
    loaded.catch(() => (loaded = undefined));
    return loaded;
  };
}

let chosen = false;

/** Loads one kind of texts in the present language; those of a language that was left meanwhile are dropped. */
function loads(kind: Record<Language, () => Promise<CoreTexts | RestTexts>>): () => Promise<void> {
  const wanted = language;
  return once(async () => {
    const texts = await kind[wanted]();
    if (wanted === language) text = { ...text, ...texts };
  });
}
let core: () => Promise<void>;
let rest = async () => {}; // without a language there is nothing to wait for

function choose(asked: string | null): void {
  chosen = true;
  chooseLanguage(asked);
  core = loads(coreTexts);
  rest = loads(restTexts);
}

/** Loads the texts needed first. The first caller decides the language. */
export function loadLocale(asked: string | null): Promise<void> {
  if (!chosen) choose(asked);
  return core();
}

/** Loads the texts of another language; what is mounted has to be mounted anew. Reports whether it is another. */
export async function changeLocale(asked: string | null): Promise<boolean> {
  const before = language;
  choose(asked);
  await Promise.all([core(), rest()]);
  return language !== before;
}

/** Awaits a lazily loaded component together with the texts it needs. */
export const withTexts = async <T>(component: Promise<T>): Promise<T> => (await Promise.all([component, rest()]))[0];

/** The message for a code in the visitor's language; the service's own messages are English. */
export const errorText = (code: string, english: string): string => text.errors?.[code] ?? english;

/** Loads all public texts, for a page of our own. */
export async function loadPageLocale(): Promise<void> {
  await withTexts(loadLocale(new URLSearchParams(location.search).get("lang")));
  document.documentElement.lang = language;
  document.documentElement.dir = languages[language].dir;
}

/** As `loadPageLocale`, with the texts of the staff pages. */
export async function loadStaffLocale(): Promise<void> {
  const [english] = await Promise.all([import("./staff.en"), loadPageLocale()]);
  staff = merge(english.staff, await staffTexts[language]());
}

/** Stores the visitor's choice and reloads the page in that language. */
export function setLanguage(choice: Language): void {
  remember("language", choice);
  const here = new URL(location.href);
  here.searchParams.delete("lang");
  if (here.href === location.href) location.reload();
  else location.replace(here);
}
