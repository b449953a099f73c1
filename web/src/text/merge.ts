/** The same object with any text optional; functions and lists stay whole. */
export type DeepPartial<T> = T extends ((...args: never[]) => unknown) | readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> }
    : T;

const isGroup = (v: unknown): v is Record<string, unknown> => typeof v === "object" && v !== null && !Array.isArray(v);

function mergeValue(base: unknown, over: unknown): unknown {
  if (!isGroup(base) || !isGroup(over)) return over ?? base;
  return Object.fromEntries(Object.keys({ ...base, ...over }).map((key) => [key, mergeValue(base[key], over[key])]));
}

/** Merges texts deeply; those that `over` lacks come from `base`. */
export const merge = <T>(base: T, over: DeepPartial<NoInfer<T>>): T => mergeValue(base, over) as T;
