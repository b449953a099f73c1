import type { Reason } from "../lib/client";
import { errorText, locale } from "../text";

/** Why a story is handed to the leads, in the order of their keys. */
export const kinds = ["minor", "self_harm", "threat", "legal", "unsure"] as const;
export type Kind = (typeof kinds)[number];

/** The keys that pick a reason, in the order reasons are listed. */
export const reasonKeys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "-"];

/** What the contributor will read, in the language of this page where there is one. */
export const reasonText = (r: Reason): string =>
  errorText(r.code, r.locales?.[locale] ?? r.locales?.[locale.slice(0, 2)] ?? r.detail ?? r.code);
