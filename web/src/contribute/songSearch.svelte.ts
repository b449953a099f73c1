// Suggests songs from the catalog while the user types. A song can always be typed
// freely: an empty result or a failure is shown and blocks nothing.
import { api, unwrap, type Song } from "../lib/client";

const debounce = 250; // milliseconds
const minLength = 2; // characters
const maxResults = 8;

export class SongSearch {
  found = $state.raw<Song[]>([]);
  state = $state<"idle" | "searching" | "none" | "failed">("idle");
  #turn = 0;
  #timer = 0;

  search(query: string): void {
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    const q = query.trim();
    if (q.length < minLength) return this.clear();
    this.#timer = window.setTimeout(() => void this.#request(q, turn), debounce);
  }

  async #request(q: string, turn: number): Promise<void> {
    this.state = "searching";
    try {
      const { items } = await unwrap(api.GET("/v1/songs", { params: { query: { q, limit: maxResults } } }));
      if (turn !== this.#turn) return; // a later search has started
      this.found = items ?? [];
      this.state = this.found.length ? "idle" : "none";
    } catch {
      if (turn !== this.#turn) return;
      this.found = [];
      this.state = "failed";
    }
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#turn++;
    this.found = [];
    this.state = "idle";
  }
}
