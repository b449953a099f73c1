// Loads the service's script of the elements, once per page and service.

const loads = new Map<string, Promise<void>>();
const failures = new Map<string, number>();

/**
 * Resolves when the script has loaded; rejects when it does not load, and tries again with the next call. A page that
 * defines the elements, or has the script already, gets no other. Only for browsers.
 */
export function loadElements(origin: string, tag: string, nonce?: string): Promise<void> {
  const src = new URL("/embed.js", origin).href;
  if (customElements.get(tag) || [...document.scripts].some((script) => script.src === src && !loads.has(src)))
    return Promise.resolve();
  let load = loads.get(src);
  if (!load) {
    load = add(src, nonce).catch((cause: unknown) => {
      loads.delete(src);
      failures.set(src, (failures.get(src) ?? 0) + 1);
      throw cause;
    });
    loads.set(src, load);
  }
  return load;
}

function add(src: string, nonce: string | undefined): Promise<void> {
  const failed = failures.get(src); // browsers remember that an address failed
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.type = "module";
    script.src = failed ? `${src}?retry=${failed}` : src;
    if (nonce) script.nonce = nonce;
    script.onload = () => resolve();
    script.onerror = () => {
      script.remove();
      reject(new Error(`${src} did not load`));
    };
    document.head.append(script);
  });
}
