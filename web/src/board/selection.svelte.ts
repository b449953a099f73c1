import { SvelteMap } from "svelte/reactivity";
import type { Story } from "../lib/client";

/** The stories selected for one action. They stay selected while filters change. */
export class Selection {
  readonly #stories = new SvelteMap<string, Story>();
  #anchor = "";

  get size(): number {
    return this.#stories.size;
  }

  /** In the order in which they were selected. */
  get stories(): Story[] {
    return [...this.#stories.values()];
  }

  get ids(): string[] {
    return [...this.#stories.keys()];
  }

  has(id: string): boolean {
    return this.#stories.has(id);
  }

  toggle(story: Story): void {
    this.#anchor = story.id;
    if (!this.#stories.delete(story.id)) this.#stories.set(story.id, story);
  }

  /** Selects from the story that was toggled last to this one, as they stand in `all`. */
  extend(all: readonly Story[], story: Story): void {
    const to = all.findIndex((s) => s.id === story.id);
    const anchor = all.findIndex((s) => s.id === this.#anchor);
    const from = anchor < 0 ? to : anchor;
    for (const s of all.slice(Math.min(from, to), Math.max(from, to) + 1)) this.#stories.set(s.id, s);
    if (anchor < 0) this.#anchor = story.id;
  }

  /** Replaces what is known of selected stories. */
  update(stories: readonly Story[]): void {
    for (const s of stories) if (this.#stories.has(s.id)) this.#stories.set(s.id, s);
  }

  clear(): void {
    this.#stories.clear();
    this.#anchor = "";
  }
}
