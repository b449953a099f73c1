import { expect, test } from "vitest";
import { draftOf, isOwn, requestOf } from "./mailDraft";

const builtIn = { subject: "Here", text: "Look: {link}" };
const settings = {
  configured: true,
  kinds: [
    {
      kind: "published" as const,
      on: true,
      placeholders: ["link"],
      texts: [
        { locale: "en" as const, built_in: builtIn },
        { locale: "de" as const, built_in: builtIn, own: { subject: "Da", text: "Schau: {link}" } },
      ],
    },
    { kind: "stalled" as const, on: false, placeholders: null, texts: null },
  ],
};

test("only texts that differ from the built-in ones are stored", () => {
  const kinds = draftOf(settings);
  expect(kinds[0]!.texts.map(isOwn)).toEqual([false, true]);
  expect(requestOf(kinds)).toEqual([
    { kind: "published", on: true, texts: [{ locale: "de", subject: "Da", text: "Schau: {link}" }] },
    { kind: "stalled", on: false, texts: [] },
  ]);
  kinds[0]!.texts[0]!.text = "Watch: {link}";
  kinds[0]!.texts[1] = { ...kinds[0]!.texts[1]!, ...builtIn };
  expect(requestOf(kinds)[0]!.texts).toEqual([{ locale: "en", subject: "Here", text: "Watch: {link}" }]);
});
