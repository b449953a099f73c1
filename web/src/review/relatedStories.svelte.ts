import { api, unwrap, type Related } from "../lib/client";
import { Loader } from "../lib/loader.svelte";

const freshFor = 10 * 60_000; // milliseconds; the links in a response are valid a little longer

/** Related stories of each claimed story; loaded ahead, and reloaded when their links get old. */
export class RelatedStories {
  #known = new Map<string, { loader: Loader<Related>; at: number }>();

  constructor() {
    addEventListener("online", () => {
      for (const [id, { loader }] of this.#known) if (loader.failure) void this.#load(id, loader);
    });
  }

  of(id: string): Loader<Related> {
    const found = this.#known.get(id);
    if (found && Date.now() - found.at < freshFor) return found.loader;
    const loader = found?.loader ?? new Loader<Related>();
    this.#known.set(id, { loader, at: Date.now() });
    void this.#load(id, loader);
    return loader;
  }

  /** Drops all but these. */
  retain(ids: string[]): void {
    for (const id of this.#known.keys()) if (!ids.includes(id)) this.#known.delete(id);
  }

  retry(id: string): void {
    void this.#load(id, this.of(id));
  }

  #load(id: string, into: Loader<Related>): Promise<void> {
    return into.run(() => unwrap(api.GET("/v1/stories/{id}/related", { params: { path: { id } } })));
  }
}
