import { api, ask, type Related } from "../lib/client";
import { Loader } from "../lib/loader.svelte";

/** What is like each story in hand; asked for once, ahead of its turn. */
export class Relations {
  #known = new Map<string, Loader<Related>>();

  of(id: string): Loader<Related> {
    let found = this.#known.get(id);
    if (!found) {
      found = new Loader<Related>();
      this.#known.set(id, found);
      void this.#load(id, found);
    }
    return found;
  }

  again(id: string): void {
    void this.#load(id, this.of(id));
  }

  #load(id: string, into: Loader<Related>): Promise<void> {
    return into.run(() => ask(api.GET("/v1/stories/{id}/related", { params: { path: { id } } })));
  }
}
