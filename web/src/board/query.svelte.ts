// What is searched for. The address is the state, so every view can be sent
// to a colleague as a link, or saved under a name.
import type { operations } from "../api";

type Asked = NonNullable<operations["search"]["parameters"]["query"]>;
export type Sort = NonNullable<Asked["sort"]>;
export type View = "grid" | "list";

/** Bounds of the duration facets, as the service counts them. */
export const lengths: Record<string, [min: number, max: number]> = {
  "0-15": [0, 15_000],
  "15-30": [15_000, 30_000],
  "30-60": [30_000, 60_000],
  "60-": [60_000, 0],
};

const words = ["q", "song", "artist", "country", "language", "tag", "orientation", "quality", "duration"] as const;

/** A word that people can say to each other, so that both see one order. */
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
    for (const name of words) this[name] = p.get(name) ?? "";
    this.sort = (p.get("sort") ?? "newest") as Sort;
    this.seed = p.get("seed") ?? "";
    this.view = p.get("view") === "list" ? "list" : "grid";
    this.shortlisted = p.has("shortlisted");
    this.uncaptioned = p.has("uncaptioned");
  }

  address(campaign: string): string {
    const p = new URLSearchParams({ campaign });
    for (const name of words) if (this[name]) p.set(name, this[name]);
    if (this.sort !== "newest") p.set("sort", this.sort);
    if (this.sort === "random") p.set("seed", this.seed);
    if (this.view !== "grid") p.set("view", this.view);
    if (this.shortlisted) p.set("shortlisted", "");
    if (this.uncaptioned) p.set("uncaptioned", "");
    return `?${p}`;
  }

  get narrowed(): boolean {
    return words.some((name) => this[name]) || this.shortlisted || this.uncaptioned;
  }

  clear(): void {
    for (const name of words) this[name] = "";
    this.shortlisted = this.uncaptioned = false;
  }

  /** Another fair order. */
  deal(): void {
    this.sort = "random";
    this.seed = newSeed();
  }

  /** An order by chance has a seed from the start, so that the address can name it. */
  settle(): void {
    if (this.sort === "random" && !this.seed) this.deal();
  }

  params(cursor?: string) {
    const [min, max] = lengths[this.duration] ?? [0, 0];
    return {
      limit: 24,
      cursor,
      sort: this.sort,
      ...(this.sort === "random" && { seed: this.seed }),
      ...(this.q.trim() && { q: this.q.trim() }),
      ...(this.song && { song: this.song }),
      ...(this.artist && { artist: this.artist }),
      ...(this.country && { country: this.country }),
      ...(this.language && { language: this.language }),
      ...(this.tag && { tag: this.tag }),
      ...(this.orientation && { orientation: this.orientation as Asked["orientation"] }),
      ...(this.quality && { quality: this.quality as Asked["quality"] }),
      ...(min && { min_duration_ms: min }),
      ...(max && { max_duration_ms: max }),
      ...(this.shortlisted && { shortlisted: true }),
      ...(this.uncaptioned && { uncaptioned: true }),
    };
  }
}
