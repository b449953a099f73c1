// The search query. It is kept in the address, so that every view can be shared as
// a link or saved under a name.
import type { operations } from "../api";

type Parameters = NonNullable<operations["search"]["parameters"]["query"]>;
export type Sort = NonNullable<Parameters["sort"]>;
export type View = "grid" | "list";

/** What stories can be filtered by, in the order of the menu. An answer's value is `question:value`. */
export const filterNames = [
  "song",
  "artist",
  "tag",
  "country",
  "language",
  "orientation",
  "duration",
  "quality",
  "answer",
  "shortlist",
] as const;
export type FilterName = (typeof filterNames)[number];

/** One value that stories must have, or must not. */
export interface Filter {
  name: FilterName;
  value: string;
  not: boolean;
}

/** Stories found on a page; also the number of stories that are loaded at once while scrolling. */
export const pageSize = 60;
/** The most values of one filter that the service takes. */
export const maxValues = 20;

/** A short random word: the same seed gives everybody the same order. */
const newSeed = () => Math.random().toString(36).slice(2, 8);
const sorts: readonly string[] = ["newest", "oldest", "relevance", "quality", "random"] satisfies Sort[];

export class Query {
  q = $state("");
  filters = $state.raw<Filter[]>([]);
  uncaptioned = $state(false);
  /** Searches for the words as they are typed, without correcting them. */
  exact = $state(false);
  sort = $state<Sort>("newest");
  seed = $state("");
  view = $state<View>("grid");

  read(search: string): void {
    const p = new URLSearchParams(search);
    this.q = p.get("q") ?? "";
    this.filters = [];
    for (const [key, value] of p) {
      const not = key.startsWith("not_");
      const name = (not ? key.slice(4) : key) as FilterName;
      if (value && filterNames.includes(name)) this.add({ name, value, not });
    }
    // before there were several lists
    if (p.has("shortlisted")) this.add({ name: "shortlist", value: "default", not: false });
    const sort = p.get("sort") ?? "";
    this.sort = (sorts.includes(sort) ? sort : "newest") as Sort;
    this.seed = p.get("seed") ?? "";
    this.view = p.get("view") === "list" ? "list" : "grid";
    this.uncaptioned = p.has("uncaptioned");
    this.exact = p.has("exact");
  }

  address(campaign: string): string {
    const p = new URLSearchParams({ campaign });
    if (this.q) p.set("q", this.q);
    for (const f of this.filters) p.append((f.not ? "not_" : "") + f.name, f.value);
    if (this.sort !== "newest") p.set("sort", this.sort);
    if (this.sort === "random") p.set("seed", this.seed);
    if (this.view !== "grid") p.set("view", this.view);
    if (this.uncaptioned) p.set("uncaptioned", "");
    if (this.exact) p.set("exact", "");
    return `?${p}`;
  }

  get filtered(): boolean {
    return Boolean(this.q || this.filters.length || this.uncaptioned);
  }

  clear(): void {
    this.q = "";
    this.filters = [];
    this.uncaptioned = this.exact = false;
  }

  find(name: FilterName, value: string): Filter | undefined {
    return this.filters.find((f) => f.name === name && f.value === value);
  }

  /** Adds a value, or changes whether it is excluded. Does nothing where the filter has as many as it can. */
  add(filter: Filter): void {
    const others = this.filters.filter((f) => f.name !== filter.name || f.value !== filter.value);
    if (others.filter((f) => f.name === filter.name && f.not === filter.not).length < maxValues)
      this.filters = [...others, filter];
  }

  remove(filter: Filter): void {
    this.filters = this.filters.filter((f) => f !== filter);
  }

  /** Switches to a new random order. */
  shuffle(): void {
    this.sort = "random";
    this.seed = newSeed();
  }

  /** Gives a random order a seed, which is part of the address. */
  ensureSeed(): void {
    if (this.sort === "random" && !this.seed) this.shuffle();
  }

  /** What narrows the search, in the service's terms; the same for stories and for counts. */
  narrowing() {
    const p: Partial<Record<string, string[]>> = {};
    for (const f of this.filters) (p[(f.not ? "not_" : "") + f.name] ??= []).push(f.value);
    return {
      ...(p as Pick<Parameters, FilterName>),
      ...(this.q.trim() && { q: this.q.trim() }),
      ...(this.uncaptioned && { uncaptioned: true }),
      ...(this.exact && { exact: true }),
    };
  }

  params(cursor?: string) {
    return {
      ...this.narrowing(),
      limit: pageSize,
      cursor,
      sort: this.sort,
      ...(this.sort === "random" && { seed: this.seed }),
    };
  }
}
