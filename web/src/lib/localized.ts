import type { Campaign, Question } from "./client";

/** A question in the visitor's language; choices are shown by `labels` and sent as they are. */
export type LocalQuestion = Question & { labels?: Record<string, string> };

/** The campaign in the first of the languages that it has texts in; what is not translated stays as it is. */
export function localized(campaign: Campaign, preferred: readonly string[]): Campaign {
  const locales = campaign.locales ?? {};
  const of = (tag: string) =>
    Object.keys(locales).find((key) => `${tag.toLowerCase()}-`.startsWith(`${key.toLowerCase()}-`));
  const key = of(preferred[0] ?? "");
  if (!key) return campaign;
  const { title, prompt, thanks, questions = {} } = locales[key]!;
  return {
    ...campaign,
    title: title || campaign.title,
    prompt: prompt || campaign.prompt,
    ...(thanks && { theme: { ...campaign.theme, thanks } }),
    questions: (campaign.questions ?? []).map((q): LocalQuestion => {
      const t = questions[q.id];
      return t ? { ...q, label: t.label || q.label, hint: t.hint || q.hint, labels: t.choices } : q;
    }),
  };
}
