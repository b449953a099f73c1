// What the page shows of a board: the story in hand, what is selected and what is open.
import { recall, recallInTab, remember, rememberInTab } from "../browser/local";
import { api, unwrap, type Story } from "../lib/client";
import type { Board } from "./board.svelte";
import { pageSize } from "./query.svelte";
import { Selection } from "./selection.svelte";

/** The most stories that are watched side by side. */
export const maxCompared = 4;
/** Stories that are loaded again, at most, to return to where somebody was. */
const maxRestored = 3000;

/** What the board reports of the grid, once it is there. */
export interface GridHandle {
  focus: (index: number) => void;
}

interface Place {
  address: string;
  story: string;
  loaded: number;
}

export class View {
  readonly board: Board;
  readonly selection = new Selection();
  /** The story of the grid that has the focus, or had it last. */
  active = $state(0);
  /** The id of the story in the panel; empty: none. */
  opened = $state("");
  compared = $state.raw<Story[]>([]);
  sources = $state(false);
  help = $state(false);
  downloading = $state.raw<Story[]>([]);
  /** Whether single keys are commands, and whether the next story starts by itself; both are remembered. */
  singleKeys = $state(recall<boolean>("board.keys") ?? true);
  autoplay = $state(recall<boolean>("board.autoplay") ?? false);
  grid?: GridHandle;

  constructor(board: Board) {
    this.board = board;
  }

  get stories(): readonly Story[] {
    return this.board.results.items;
  }

  /** Where the open story stands among the results, or -1. */
  get position(): number {
    return this.opened ? this.stories.findIndex((s) => s.id === this.opened) : -1;
  }

  setSingleKeys(on: boolean): void {
    this.singleKeys = on;
    remember("board.keys", on ? undefined : false);
  }

  setAutoplay(on: boolean): void {
    this.autoplay = on;
    remember("board.autoplay", on || undefined);
  }

  open(id: string): void {
    this.opened = id;
    const at = this.position;
    if (at >= 0) this.active = at;
  }

  /** Opens a neighbour of the open story; the next page of results is loaded before it is needed. */
  step(by: 1 | -1): boolean {
    const at = this.position;
    const next = this.stories[at < 0 && by < 0 ? -1 : at + by];
    if (at + by >= this.stories.length - pageSize / 4) void this.board.results.more();
    if (next) this.open(next.id);
    return Boolean(next);
  }

  close(): void {
    this.opened = "";
  }

  select(story: Story, range: boolean): void {
    if (range) this.selection.extend(this.stories, story);
    else this.selection.toggle(story);
  }

  compare(): void {
    const chosen = this.selection.stories;
    if (chosen.length > 1 && chosen.length <= maxCompared) this.compared = chosen;
  }

  /** Opens a comparison of stories by id; those that cannot be loaded are left out. */
  async compareAll(ids: readonly string[]): Promise<void> {
    const found = await Promise.all(
      ids
        .slice(0, maxCompared)
        .map((id) => unwrap(api.GET("/v1/stories/{id}", { params: { path: { id } } })).catch(() => undefined)),
    );
    const stories = found.filter((s) => s !== undefined);
    for (const s of stories) if (!this.selection.has(s.id)) this.selection.toggle(s);
    if (stories.length > 1) this.compared = stories;
  }

  /** Carries out a single key on a story; false: the key has no meaning. */
  command(key: string, story: Story | undefined, shift: boolean): boolean {
    if (key === "?") this.help = true;
    else if (!story) return false;
    else if (key === "s") void this.board.toggleListed(story);
    else if (key === "x") this.select(story, shift);
    else if (key === "c") this.compare();
    else {
      const slot = /^[1-9]$/.test(key) ? this.board.slots[Number(key) - 1] : undefined;
      if (!slot) return false;
      void this.board.fill(slot.slot, story.id);
    }
    return true;
  }

  /** Keeps the place for `restore` in this tab: the index of the active story if it is visible, else of the first. */
  keepPlace(at: number): void {
    const place = { address: this.board.address(), story: this.stories[at]?.id ?? "", loaded: at + 1 };
    rememberInTab("board.place", at ? (place satisfies Place) : undefined);
  }

  /** Returns to the place where the same view was left: loads as many stories as it takes. */
  async restore(): Promise<void> {
    const place = recallInTab<Place>("board.place");
    rememberInTab("board.place", undefined);
    if (!place || place.address !== this.board.address()) return;
    const { results } = this.board;
    while (results.items.length < Math.min(place.loaded, maxRestored) && results.next && !results.loader.failure)
      if (results.loader.busy)
        await new Promise((done) => setTimeout(done, 20)); // the grid loads, too
      else await results.more();
    const at = results.items.findIndex((s) => s.id === place.story);
    if (at > 0) this.grid?.focus(at);
  }
}
