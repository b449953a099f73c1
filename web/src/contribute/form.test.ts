import { expect, test } from "vitest";
import { formFor } from "./form";

test("the release form is in the language that the visitor reads best", () => {
  const form = (locale: string) => ({ locale, version: 1, title: "", text: "", sha256: "" });
  const forms = [form("en"), form("de"), form("pt-BR")];
  expect(formFor(forms, ["fr", "de-AT", "en"])?.locale).toBe("de");
  expect(formFor(forms, ["pt-BR"])?.locale).toBe("pt-BR");
  expect(formFor(forms, ["den"])?.locale).toBe("en");
  expect(formFor([], ["en"])).toBeUndefined();
});
