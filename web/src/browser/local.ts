// Values in the browser's storage. Where storage is refused (private windows)
// nothing is remembered and everything else still works.
const name = (key: string) => `storyreel.${key}`;

function read<T>(store: () => Storage, key: string): T | undefined {
  try {
    const raw = store().getItem(name(key));
    return raw === null ? undefined : (JSON.parse(raw) as T);
  } catch {
    return undefined;
  }
}

function write(store: () => Storage, key: string, value: unknown): void {
  try {
    if (value === undefined) store().removeItem(name(key));
    else store().setItem(name(key), JSON.stringify(value));
  } catch {
    return; // full or forbidden
  }
}

export const recall = <T>(key: string): T | undefined => read<T>(() => localStorage, key);
export const remember = (key: string, value: unknown): void => write(() => localStorage, key, value);
/** For this tab only, until it is closed. */
export const recallInTab = <T>(key: string): T | undefined => read<T>(() => sessionStorage, key);
export const rememberInTab = (key: string, value: unknown): void => write(() => sessionStorage, key, value);
