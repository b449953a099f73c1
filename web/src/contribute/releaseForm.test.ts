import { expect, test } from "vitest";
import { releaseFormFor } from "./releaseForm";

test("the release form is in the visitor's preferred language", () => {
  const form = (locale: string) => ({ locale, version: 1, title: "", text: "", sha256: "" });
  const forms = [form("en"), form("de"), form("pt-BR")];
  expect(releaseFormFor(forms, ["fr", "de-AT", "en"])?.locale).toBe("de");
  expect(releaseFormFor(forms, ["pt-BR"])?.locale).toBe("pt-BR");
  expect(releaseFormFor(forms, ["den"])?.locale).toBe("en");
  expect(releaseFormFor([], ["en"])).toBeUndefined();
});
