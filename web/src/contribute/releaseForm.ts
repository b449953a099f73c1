import type { ReleaseForm } from "../lib/client";

const matches = (tag: string, locale: string) =>
  tag.toLowerCase() === locale.toLowerCase() || tag.toLowerCase().startsWith(`${locale.toLowerCase()}-`);

/** The release form in the visitor's preferred language, else the campaign's first. */
export const releaseFormFor = (forms: readonly ReleaseForm[], preferred: readonly string[]): ReleaseForm | undefined =>
  preferred.map((tag) => forms.find((form) => matches(tag, form.locale))).find(Boolean) ?? forms[0];
