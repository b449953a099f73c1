// The note of one entry of a shortlist, saved while it is written.
import { type ListEntry, type Failure, failureOf, type ShortlistStatus } from "../lib/client";
import type { Board } from "./board.svelte";
import { Draft } from "./draft.svelte";
import { defaultList } from "./lists.svelte";

/** How long after the last keystroke a note is saved, in milliseconds. */
const pause = 1200;

/** What a colleague wrote meanwhile. */
export interface Conflict {
  version: number;
  note: string;
  status: ShortlistStatus;
  changed_by: string;
}

export class EntryNote {
  readonly list: string;
  readonly draft: Draft;
  entry = $state.raw<ListEntry>();
  saving = $state(false);
  saved = $state(false);
  failure = $state.raw<Failure>();
  conflict = $state.raw<Conflict>();
  readonly #board: Board;
  readonly #story: string;
  #timer = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(board: Board, story: string, list: string, entry?: ListEntry) {
    this.#board = board;
    this.#story = story;
    this.list = list || defaultList;
    this.entry = entry;
    this.draft = new Draft(`note.${this.list}.${story}`, entry?.note);
  }

  /** Whether the field differs from what is stored. */
  get unsaved(): boolean {
    return this.draft.text.trim() !== (this.entry?.note ?? "");
  }

  /** Takes what was typed, and saves it soon if the story is on the list. */
  type(text: string): void {
    this.draft.text = text;
    this.saved = false;
    clearTimeout(this.#timer);
    if (this.entry) this.#timer = window.setTimeout(() => void this.save(), pause);
  }

  /** Saves the note if it changed; for leaving the field. */
  async save(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.entry && this.unsaved && !this.conflict) await this.#put({ note: this.draft.text.trim() });
    else if (this.entry && !this.unsaved) this.draft.clear(this.entry.note);
  }

  /** Puts the story on the list, with the note. */
  add(): Promise<void> {
    const note = this.draft.text.trim();
    return this.#put(note ? { note } : {});
  }

  setStatus(status: ShortlistStatus): Promise<void> {
    return this.#put({ status });
  }

  /** Overwrites what a colleague wrote with the own text. */
  async keepMine(): Promise<void> {
    if (!this.conflict || !this.entry) return;
    const { version, note, status } = this.conflict;
    this.entry = { ...this.entry, version, note, status };
    this.conflict = undefined;
    await this.save();
  }

  /** Drops the own text for what a colleague wrote. */
  takeTheirs(): void {
    if (!this.conflict || !this.entry) return;
    const { version, note, status } = this.conflict;
    this.entry = { ...this.entry, version, note, status };
    this.draft.clear(note);
    this.conflict = undefined;
  }

  /** Takes the story off the list. The text stays as a draft. */
  async remove(): Promise<void> {
    clearTimeout(this.#timer);
    const text = this.draft.text;
    try {
      await this.#board.unlist(this.list, this.#story);
      this.entry = undefined;
      this.draft.text = text;
      this.failure = undefined;
    } catch (cause) {
      this.failure = failureOf(cause);
    }
  }

  /** One change after the other, each on the version that the last one made. */
  #put(change: { note?: string; status?: ShortlistStatus }): Promise<void> {
    const next = this.#turn.then(() => this.#send(change));
    this.#turn = next;
    return next;
  }

  async #send(change: { note?: string; status?: ShortlistStatus }): Promise<void> {
    this.saving = true;
    try {
      this.entry = await this.#board.list(this.list, this.#story, { ...change, version: this.entry?.version ?? 0 });
      this.failure = undefined;
      this.saved = true;
      if (!this.unsaved) this.draft.clear(this.entry.note);
    } catch (cause) {
      this.failure = failureOf(cause);
      if (this.failure.code !== "shortlist.entry_changed") return;
      this.conflict = this.failure.facts as unknown as Conflict;
      this.failure = undefined;
      // somebody else had put the story on the list
      this.entry ??= {
        ...this.conflict,
        by: "",
        at: "",
        changed_at: "",
        votes: [],
        list: this.list,
      } as unknown as ListEntry;
    } finally {
      this.saving = false;
    }
  }
}
