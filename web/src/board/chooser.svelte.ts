// The choice of a filter and then of its values, with counts after all other filters.
import type { Campaign, Facet } from "../lib/client";
import { count } from "../lib/format";
import { Loader } from "../lib/loader.svelte";
import type { Board } from "./board.svelte";
import { inOrder, type Kind, kinds, listName, valueLabel } from "./facets";

export interface Option {
  value: string;
  label: string;
  /** How many stories have the value; empty for filters. */
  detail: string;
}

const plain = (s: string) => s.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Filters whose values are codes, which people know by a name in their language. */
const named: readonly string[] = ["country", "language", "orientation", "duration", "quality"];

/** A value as the filter has it: answers name their question. */
const filterValue = (kind: Kind, value: string) => (kind.question ? `${kind.question}:${value}` : value);

export class Chooser {
  readonly board: Board;
  readonly #menu: { kind: Kind; value: string; label: string; detail: string }[];
  kind = $state.raw<Kind>();
  /** Whether the values that are picked next are excluded. */
  not = $state(false);
  typed = $state("");
  readonly values = new Loader<Facet[]>();

  constructor(board: Board, campaign: Campaign) {
    this.board = board;
    this.#menu = kinds(campaign).map((kind) => ({
      kind,
      value: `kind ${kind.name} ${kind.question ?? ""}`,
      label: kind.label,
      detail: "",
    }));
  }

  /** Opens the values of a filter, or the filters. */
  choose(kind: Kind | undefined): void {
    this.kind = kind;
    this.not = false;
    this.typed = "";
    this.values.data = undefined;
  }

  #matches = (o: Option) => plain(o.label).includes(plain(this.typed.trim()));

  get options(): Option[] {
    const kind = this.kind;
    if (!kind) return this.#menu.filter(this.#matches);
    if (kind.name === "shortlist")
      return this.board.lists.all
        .map((l) => ({ value: l.id, label: listName(l), detail: count(l.count) }))
        .filter(this.#matches);
    return inOrder(kind.name, this.values.data ?? [])
      .filter((f) => f.value)
      .map((f) => ({
        value: filterValue(kind, f.value),
        label: valueLabel(this.board, { name: kind.name, value: filterValue(kind, f.value) }),
        detail: count(f.count) + (f.at_least ? "+" : ""),
      }));
  }

  /** The values of the filter that are set. */
  get chosen(): string[] {
    return this.board.query.filters.filter((f) => f.name === this.kind?.name && f.not === this.not).map((f) => f.value);
  }

  load(): void {
    const { kind } = this;
    if (kind && kind.name !== "shortlist") void this.values.run(() => this.#find(kind, this.typed.trim()));
  }

  /** The values that match what is typed, as the service has them or as they are shown here. */
  async #find(kind: Kind, typed: string): Promise<Facet[]> {
    const { name, question } = kind;
    if (!typed || !named.includes(name)) return this.board.facet(name, typed, question);
    const [found, all] = await Promise.all([this.board.facet(name, typed), this.board.facet(name)]);
    const shown = (f: Facet) => plain(valueLabel(this.board, { name, value: f.value })).includes(plain(typed));
    const more = all.filter((f) => shown(f) && !found.some((x) => x.value === f.value));
    return [...found, ...more];
  }

  /** Takes over what is selected in the list: a filter, or a value more or less. Reports whether it was a filter. */
  picked(next: readonly string[]): boolean {
    const { kind, chosen } = this;
    const entry = (v: string) => this.#menu.find((m) => m.value === v);
    if (!kind) {
      const started = next.map(entry).find(Boolean);
      if (started) this.choose(started.kind);
      return Boolean(started);
    }
    // the list may still hold the filter that was picked before, and not yet the values that are set
    const { query } = this.board;
    const added = next.find((v) => !entry(v) && !chosen.includes(v));
    const removed = chosen.find((v) => !next.includes(v));
    if (added) query.add({ name: kind.name, value: added, not: this.not });
    else if (removed) query.remove(query.find(kind.name, removed)!);
    this.board.search();
    return false;
  }

  /** Undoes the last step: leaves the filter, or removes the last value. */
  back(): void {
    const last = this.board.query.filters.at(-1);
    if (this.kind) this.choose(undefined);
    else if (last) {
      this.board.query.remove(last);
      this.board.search();
    }
  }
}
