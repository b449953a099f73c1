// The search query. It is kept in the address, so that every view can be shared as
// a link or saved under a name.
import type { operations } from "../api";

type Parameters = NonNullable<operations["search"]["parameters"]["query"]>;
export type Sort = NonNullable<Parameters["sort"]>;
export type View = "grid" | "list";

/** Bounds of the duration facets in milliseconds, as the service defines them; max 0 is open. */
export const lengths: Record<string, [min: number, max: number]> = {
  "0-15": [0, 15_000],
  "15-30": [15_000, 30_000],
  "30-60": [30_000, 60_000],
  "60-": [60_000, 0],
};

const textParams = ["q", "song", "artist", "country", "language", "tag", "orientation", "quality", "duration"] as const;

/** A short random word: the same seed gives everybody the same order. */
const newSeed = () => Math.random().toString(36).slice(2, 8);

export class Query {
  q = $state("");
  song = $state("");
  artist = $state("");
  country = $state("");
  language = $state("");
  tag = $state("");
  orientation = $state("");
  quality = $state("");
  duration = $state("");
  shortlisted = $state(false);
  uncaptioned = $state(false);
  sort = $state<Sort>("newest");
  seed = $state("");
  view = $state<View>("grid");

  read(search: string): void {
    const p = new URLSearchParams(search);
    for (const name of textParams) this[name] = p.get(name) ?? "";
    this.sort = (p.get("sort") ?? "newest") as Sort;
    this.seed = p.get("seed") ?? "";
    this.view = p.get("view") === "list" ? "list" : "grid";
    this.shortlisted = p.has("shortlisted");
    this.uncaptioned = p.has("uncaptioned");
  }

  address(campaign: string): string {
    const p = new URLSearchParams({ campaign });
    for (const name of textParams) if (this[name]) p.set(name, this[name]);
    if (this.sort !== "newest") p.set("sort", this.sort);
    if (this.sort === "random") p.set("seed", this.seed);
    if (this.view !== "grid") p.set("view", this.view);
    if (this.shortlisted) p.set("shortlisted", "");
    if (this.uncaptioned) p.set("uncaptioned", "");
    return `?${p}`;
  }

  get filtered(): boolean {
    return textParams.some((name) => this[name]) || this.shortlisted || this.uncaptioned;
  }

  clear(): void {
    for (const name of textParams) this[name] = "";
    this.shortlisted = this.uncaptioned = false;
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

  params(cursor?: string) {
    const [min, max] = lengths[this.duration] ?? [0, 0];
    return {
      limit: 24,
      cursor,
      sort: this.sort,
      ...(this.sort === "random" && { seed: this.seed }),
      ...(this.q.trim() && { q: this.q.trim() }),
      ...(this.song && { song: [this.song] }),
      ...(this.artist && { artist: [this.artist] }),
      ...(this.country && { country: [this.country] }),
      ...(this.language && { language: [this.language] }),
      ...(this.tag && { tag: [this.tag] }),
      ...(this.orientation && { orientation: [this.orientation] as Parameters["orientation"] }),
      ...(this.quality && { quality: [this.quality] as Parameters["quality"] }),
      ...(min && { min_duration_ms: min }),
      ...(max && { max_duration_ms: max }),
      ...(this.shortlisted && { shortlisted: true }),
      ...(this.uncaptioned && { uncaptioned: true }),
    };
  }
}
