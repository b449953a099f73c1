/** Picks singular or plural for a number by the rules of the language. */
export function plurals(language: string): (n: number, one: string, other: string) => string {
  const rules = new Intl.PluralRules(language);
  return (n, one, other) => (rules.select(n) === "one" ? one : other);
}
