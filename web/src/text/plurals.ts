/** Picks the form of a word that goes with a number, by the language's own rules. */
export function plurals(language: string): (n: number, one: string, other: string) => string {
  const rules = new Intl.PluralRules(language);
  return (n, one, other) => (rules.select(n) === "one" ? one : other);
}
