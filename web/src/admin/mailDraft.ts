// What an administrator edits of a campaign's mails.
import type { CampaignMail } from "../lib/client";

export type Kind = "received" | "stalled" | "replace" | "approved" | "published" | "withdrawn";
type Locale = "en" | "de";

/** The text of a kind in one language. */
export interface TextDraft {
  locale: Locale;
  subject: string;
  text: string;
  builtIn: { subject: string; text: string };
}

export interface KindDraft {
  kind: Kind;
  on: boolean;
  placeholders: string[];
  texts: TextDraft[];
}

/** The settings as they are edited: every text is there, the built-in one where there is no other. */
export const draftOf = (s: CampaignMail): KindDraft[] =>
  (s.kinds ?? []).map((k) => ({
    kind: k.kind,
    on: k.on,
    placeholders: k.placeholders ?? [],
    texts: (k.texts ?? []).map((x) => ({
      locale: x.locale,
      subject: x.own?.subject ?? x.built_in.subject,
      text: x.own?.text ?? x.built_in.text,
      builtIn: x.built_in,
    })),
  }));

/** Whether the text is another than the built-in one. */
export const isOwn = (x: TextDraft): boolean => x.subject !== x.builtIn.subject || x.text !== x.builtIn.text;

/** What is sent to be stored: own texts only, so that the others follow later versions. */
export const requestOf = (kinds: KindDraft[]) =>
  kinds.map((k) => ({
    kind: k.kind,
    on: k.on,
    texts: k.texts.filter(isOwn).map(({ locale, subject, text }) => ({ locale, subject, text })),
  }));
