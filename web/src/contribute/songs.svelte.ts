// Looks songs up while somebody types. Whatever happens here, a song may
// always be typed: nothing found and no answer are told, and hinder nobody.
import { api, ask, type Song } from "../lib/client";

const pause = 250; // milliseconds of rest between keys before a question is asked
const shortest = 2;
const most = 8;

export class Songs {
  found = $state.raw<Song[]>([]);
  state = $state<"idle" | "looking" | "none" | "failed">("idle");
  #turn = 0;
  #timer = 0;

  look(words: string): void {
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    const q = words.trim();
    if (q.length < shortest) return this.clear();
    this.#timer = window.setTimeout(() => void this.#ask(q, turn), pause);
  }

  async #ask(q: string, turn: number): Promise<void> {
    this.state = "looking";
    try {
      const { items } = await ask(api.GET("/v1/songs", { params: { query: { q, limit: most } } }));
      if (turn !== this.#turn) return; // something else has been typed
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
