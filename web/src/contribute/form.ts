import type { ReleaseForm } from "../lib/client";

const speaks = (wish: string, locale: string) =>
  wish.toLowerCase() === locale.toLowerCase() || wish.toLowerCase().startsWith(`${locale.toLowerCase()}-`);

/** The form in the language the visitor reads best; else the campaign's first. */
export const formFor = (forms: readonly ReleaseForm[], wishes: readonly string[]): ReleaseForm | undefined =>
  wishes.map((wish) => forms.find((form) => speaks(wish, form.locale))).find(Boolean) ?? forms[0];
