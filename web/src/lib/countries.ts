import { locale } from "../text";
import { country } from "./format";

const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
const notCountries = new Set(["EU", "EZ", "UN", "XA", "XB", "ZZ", "QO", "AC", "CP", "DG", "EA", "IC", "TA", "CQ"]);

/** Countries by name: those of `only`, or all that the browser has a name for. */
export function countries(only: readonly string[] = []): { code: string; name: string }[] {
  const names = new Intl.DisplayNames(locale, { type: "region", fallback: "none" });
  const codes = only.length ? [...only] : letters.flatMap((a) => letters.map((b) => a + b));
  const seen = new Set<string>();
  return codes
    .filter(
      (code) => !notCountries.has(code) && names.of(code) && new Intl.Locale(`und-${code}`).maximize().region === code,
    )
    .map((code) => ({ code, name: country(code) }))
    .filter(({ name }) => !seen.has(name) && seen.add(name))
    .sort((a, b) => a.name.localeCompare(b.name, locale));
}
