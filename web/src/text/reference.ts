// Texts of the forms in the reference of the API; apart from the others, so that no other page loads anything of them.
import { language } from ".";
import type { ReferenceTexts } from "./reference.en";

/** Set by `loadReferenceTexts`. */
export let reference!: ReferenceTexts;

/** Loads them in the page's language, which is chosen before. */
export async function loadReferenceTexts(): Promise<void> {
  reference = (await (language === "de" ? import("./reference.de") : import("./reference.en"))).reference;
}
