/** Some of a catalogue: any word may be missing. */
export type Some<T> = T extends ((...args: never[]) => unknown) | readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: Some<T[K]> }
    : T;

const isGroup = (v: unknown): v is Record<string, unknown> => typeof v === "object" && v !== null && !Array.isArray(v);

function lay(under: unknown, over: unknown): unknown {
  if (!isGroup(under) || !isGroup(over)) return over ?? under;
  return Object.fromEntries(Object.keys({ ...under, ...over }).map((key) => [key, lay(under[key], over[key])]));
}

/** One catalogue over another: what `over` lacks is as in `under`. */
export const laid = <T>(under: T, over: Some<NoInfer<T>>): T => lay(under, over) as T;
