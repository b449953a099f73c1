import { api, unwrap, type Related } from "../lib/client";
import { Loader } from "../lib/loader.svelte";

const freshFor = 10 * 60_000; // the links in an answer live a little longer

/** What is like each story in hand; asked for ahead of its turn, and again when its links grow old. */
export class RelatedStories {
  #known = new Map<string, { loader: Loader<Related>; at: number }>();

  of(id: string): Loader<Related> {
    const found = this.#known.get(id);
    if (found && Date.now() - found.at < freshFor) return found.loader;
    const loader = found?.loader ?? new Loader<Related>();
    this.#known.set(id, { loader, at: Date.now() });
    void this.#load(id, loader);
    return loader;
  }

  /** Forgets all but these. */
  keep(ids: string[]): void {
    for (const id of this.#known.keys()) if (!ids.includes(id)) this.#known.delete(id);
  }

  again(id: string): void {
    void this.#load(id, this.of(id));
  }

  #load(id: string, into: Loader<Related>): Promise<void> {
    return into.run(() => unwrap(api.GET("/v1/stories/{id}/related", { params: { path: { id } } })));
  }
}
