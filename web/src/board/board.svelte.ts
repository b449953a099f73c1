// The creative team's table: the address is the state, so every view can be
// sent to a colleague as a link.
import { api, ask, type Candidate, type Failure, failureOf, type Facet, type Slot, type Story } from "../lib/client";
import { Loader, Pages } from "../lib/loader.svelte";

export type Sort = "newest" | "oldest" | "relevance";
export type Orientation = "portrait" | "landscape" | "square";

/** Bounds of the duration facets, as the service counts them. */
export const lengths: Record<string, [min: number, max: number]> = { "0-15": [0, 15_000], "15-30": [15_000, 30_000], "30-60": [30_000, 60_000], "60-": [60_000, 0] };

export class Query {
  q = $state("");
  song = $state("");
  artist = $state("");
  country = $state("");
  orientation = $state<Orientation | "">("");
  duration = $state("");
  shortlisted = $state(false);
  sort = $state<Sort>("newest");

  read(search: string): void {
    const p = new URLSearchParams(search);
    for (const name of ["q", "song", "artist", "country", "duration"] as const) this[name] = p.get(name) ?? "";
    this.orientation = (p.get("orientation") ?? "") as Orientation | "";
    this.sort = (p.get("sort") ?? "newest") as Sort;
    this.shortlisted = p.has("shortlisted");
  }

  address(campaign: string): string {
    const p = new URLSearchParams({ campaign });
    for (const name of ["q", "song", "artist", "country", "orientation", "duration"] as const) if (this[name]) p.set(name, this[name]);
    if (this.sort !== "newest") p.set("sort", this.sort);
    if (this.shortlisted) p.set("shortlisted", "");
    return `?${p}`;
  }

  get narrowed(): boolean {
    return Boolean(this.q || this.song || this.artist || this.country || this.orientation || this.duration || this.shortlisted);
  }

  clear(): void {
    this.read("");
  }

  params(cursor?: string) {
    const [min, max] = lengths[this.duration] ?? [0, 0];
    return {
      limit: 24, cursor, sort: this.sort,
      ...(this.q.trim() && { q: this.q.trim() }), ...(this.song && { song: this.song }), ...(this.artist && { artist: this.artist }),
      ...(this.country && { country: this.country }), ...(this.orientation && { orientation: this.orientation }),
      ...(min && { min_duration_ms: min }), ...(max && { max_duration_ms: max }), ...(this.shortlisted && { shortlisted: true }),
    };
  }
}

export class Board {
  readonly query = new Query();
  readonly campaign: string;
  readonly results: Pages<Story>;
  readonly facets = new Loader<Facet[]>();
  shortlist = $state.raw<Candidate[]>([]);
  slots = $state.raw<Slot[]>([]);
  failure = $state.raw<Failure>();

  constructor(campaign: string) {
    this.campaign = campaign;
    this.results = new Pages((cursor) => ask(api.GET("/v1/campaigns/{campaign}/search", { params: { ...this.#path, query: this.query.params(cursor) } })));
  }

  get #path() {
    return { path: { campaign: this.campaign } };
  }

  async load(): Promise<void> {
    await Promise.all([
      this.results.load(),
      this.facets.run(async () => (await ask(api.GET("/v1/campaigns/{campaign}/facets", { params: this.#path }))).items ?? []),
      this.#act(() => Promise.all([this.#loadShortlist(), this.#loadSlots()])),
    ]);
  }

  search(): void {
    history.replaceState(null, "", this.query.address(this.campaign));
    void this.results.load();
  }

  candidate(id: string): Candidate | undefined {
    return this.shortlist.find((c) => c.story.id === id);
  }

  slotOf(id: string): Slot | undefined {
    return this.slots.find((s) => s.story?.id === id);
  }

  async #act(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      this.failure = undefined;
      return true;
    } catch (cause) {
      this.failure = failureOf(cause);
      return false;
    }
  }

  async #loadShortlist(): Promise<void> {
    this.shortlist = (await ask(api.GET("/v1/campaigns/{campaign}/shortlist", { params: this.#path }))).items ?? [];
  }

  async #loadSlots(): Promise<void> {
    this.slots = (await ask(api.GET("/v1/campaigns/{campaign}/selection", { params: this.#path }))).slots ?? [];
  }

  /** Adds to the shortlist, or replaces the note. */
  list(id: string, note = ""): Promise<boolean> {
    return this.#act(async () => {
      await ask(api.PUT("/v1/campaigns/{campaign}/shortlist/{id}", { params: { path: { campaign: this.campaign, id } }, body: note ? { note } : {} }));
      await this.#loadShortlist();
    });
  }

  unlist(id: string): Promise<boolean> {
    return this.#act(async () => {
      await ask(api.DELETE("/v1/campaigns/{campaign}/shortlist/{id}", { params: { path: { campaign: this.campaign, id } } }));
      await this.#loadShortlist();
      if (this.query.shortlisted) void this.results.load();
    });
  }

  fill(slot: string, story: string, note = ""): Promise<boolean> {
    return this.#act(async () => {
      const path = { campaign: this.campaign, slot };
      this.slots = (await ask(api.PUT("/v1/campaigns/{campaign}/selection/{slot}", { params: { path }, body: { story, ...(note && { note }) } }))).slots ?? [];
    });
  }

  empty(slot: string): Promise<boolean> {
    return this.#act(async () => {
      await ask(api.DELETE("/v1/campaigns/{campaign}/selection/{slot}", { params: { path: { campaign: this.campaign, slot } } }));
      await this.#loadSlots();
    });
  }
}
