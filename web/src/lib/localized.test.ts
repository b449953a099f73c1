import { expect, test } from "vitest";
import type { Campaign } from "./client";
import { type LocalQuestion, localized } from "./localized";

const campaign = {
  title: "That song",
  prompt: "Tell us",
  questions: [
    { id: "mood", label: "Mood?", hint: "One word", kind: "choice", choices: ["Happy", "Sad"] },
    { id: "year", label: "Year?", kind: "text" },
  ],
  locales: {
    de: {
      title: "Das Lied",
      questions: { mood: { label: "Stimmung?", choices: { Happy: "Froh" } } },
    },
  },
} as unknown as Campaign;

test("texts of the visitor's language replace the campaign's, and choices keep their values", () => {
  const german = localized(campaign, ["de-AT", "en"]);
  expect(german.title).toBe("Das Lied");
  expect(german.prompt).toBe("Tell us");
  const [mood, year] = german.questions as LocalQuestion[];
  expect(mood).toMatchObject({ label: "Stimmung?", hint: "One word", choices: ["Happy", "Sad"] });
  expect(mood!.labels).toEqual({ Happy: "Froh" });
  expect(year!.label).toBe("Year?");
});

test("another language, or one that only begins alike, keeps the campaign's own", () => {
  expect(localized(campaign, ["en"])).toBe(campaign);
  expect(localized(campaign, ["den"])).toBe(campaign);
  expect(localized(campaign, [])).toBe(campaign);
});
