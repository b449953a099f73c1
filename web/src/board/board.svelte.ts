// The creative team's table: what was found, the shortlist, the ads.
import {
  api,
  unwrap,
  type Candidate,
  type Failure,
  failureOf,
  type Facet,
  type SavedSearch,
  type Slot,
  type Story,
} from "../lib/client";
import { Loader, PagedList } from "../lib/loader.svelte";
import { Query } from "./query.svelte";

/** What of a story goes into an ad, and why. */
export interface Choice {
  note?: string;
  from_ms?: number;
  to_ms?: number;
}

export class Board {
  readonly query = new Query();
  readonly campaign: string;
  readonly results: PagedList<Story>;
  readonly facets = new Loader<Facet[]>();
  shortlist = $state.raw<Candidate[]>([]);
  slots = $state.raw<Slot[]>([]);
  searches = $state.raw<SavedSearch[]>([]);
  failure = $state.raw<Failure>();

  constructor(campaign: string) {
    this.campaign = campaign;
    this.results = new PagedList((cursor) =>
      unwrap(
        api.GET("/v1/campaigns/{campaign}/search", { params: { ...this.#path, query: this.query.params(cursor) } }),
      ),
    );
  }

  get #path() {
    return { path: { campaign: this.campaign } };
  }

  async load(): Promise<void> {
    this.query.settle();
    await Promise.all([
      this.results.load(),
      this.#loadFacets(),
      this.#act(() => Promise.all([this.#loadShortlist(), this.#loadSlots(), this.#loadSearches()])),
    ]);
  }

  #loadFacets(): Promise<void> {
    return this.facets.run(
      async () => (await unwrap(api.GET("/v1/campaigns/{campaign}/facets", { params: this.#path }))).items ?? [],
    );
  }

  /** Looks again, and lets the address say what is looked for. */
  search(): void {
    this.query.settle();
    this.show();
    void this.results.load();
  }

  /** Writes the view into the address, with what is open before it: a story, a comparison, the sources. */
  show(open: Record<string, string> = {}): void {
    const more = new URLSearchParams(Object.entries(open).filter(([, value]) => value));
    history.replaceState(null, "", this.query.address(this.campaign) + (more.size ? `&${more}` : ""));
  }

  candidate(id: string): Candidate | undefined {
    return this.shortlist.find((c) => c.story.id === id);
  }

  slotOf(id: string): Slot | undefined {
    return this.slots.find((s) => s.story?.id === id);
  }

  /** Shortlisted, or in an ad already. */
  isChosen(id: string): boolean {
    return Boolean(this.candidate(id) ?? this.slotOf(id));
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
    this.shortlist = (await unwrap(api.GET("/v1/campaigns/{campaign}/shortlist", { params: this.#path }))).items ?? [];
  }

  async #loadSlots(): Promise<void> {
    this.slots = (await unwrap(api.GET("/v1/campaigns/{campaign}/selection", { params: this.#path }))).slots ?? [];
  }

  async #loadSearches(): Promise<void> {
    this.searches = (await unwrap(api.GET("/v1/campaigns/{campaign}/searches", { params: this.#path }))).items ?? [];
  }

  /** Adds to the shortlist, or replaces the note. */
  list(id: string, note = ""): Promise<boolean> {
    return this.#act(async () => {
      await unwrap(
        api.PUT("/v1/campaigns/{campaign}/shortlist/{id}", {
          params: { path: { campaign: this.campaign, id } },
          body: note ? { note } : {},
        }),
      );
      await this.#loadShortlist();
    });
  }

  unlist(id: string): Promise<boolean> {
    return this.#act(async () => {
      await unwrap(
        api.DELETE("/v1/campaigns/{campaign}/shortlist/{id}", { params: { path: { campaign: this.campaign, id } } }),
      );
      await this.#loadShortlist();
      if (this.query.shortlisted) void this.results.load();
    });
  }

  toggleListed(id: string): Promise<boolean> {
    return this.candidate(id) ? this.unlist(id) : this.list(id);
  }

  /** One vote a person; 0 takes it back. */
  vote(id: string, value: -1 | 0 | 1, reason = ""): Promise<boolean> {
    return this.#act(async () => {
      await unwrap(
        api.PUT("/v1/campaigns/{campaign}/stories/{id}/vote", {
          params: { path: { campaign: this.campaign, id } },
          body: { value, ...(reason && { reason }) },
        }),
      );
      await this.#loadShortlist();
    });
  }

  /** Makes the tags those of the story, wherever it is shown. */
  tag(id: string, tags: string[]): Promise<boolean> {
    return this.#act(async () => {
      const { tags: kept } = await unwrap(
        api.PUT("/v1/campaigns/{campaign}/stories/{id}/tags", {
          params: { path: { campaign: this.campaign, id } },
          body: { tags },
        }),
      );
      this.results.items = this.results.items.map((s) => (s.id === id ? { ...s, tags: kept ?? [] } : s));
      void this.#loadFacets();
    });
  }

  /** Without a choice, a slot that holds the story already keeps what was chosen of it. */
  async fill(slot: string, story: string, choice?: Choice): Promise<boolean> {
    if (!choice && this.slotOf(story)?.slot === slot) return true;
    return this.#act(async () => {
      const path = { campaign: this.campaign, slot };
      this.slots =
        (
          await unwrap(
            api.PUT("/v1/campaigns/{campaign}/selection/{slot}", { params: { path }, body: { story, ...choice } }),
          )
        ).slots ?? [];
    });
  }

  empty(slot: string): Promise<boolean> {
    return this.#act(async () => {
      await unwrap(
        api.DELETE("/v1/campaigns/{campaign}/selection/{slot}", {
          params: { path: { campaign: this.campaign, slot } },
        }),
      );
      await this.#loadSlots();
    });
  }

  /** The second person agrees with what a colleague chose. */
  confirm(slot: string): Promise<boolean> {
    return this.#act(async () => {
      this.slots =
        (
          await unwrap(
            api.POST("/v1/campaigns/{campaign}/selection/{slot}/confirmation", {
              params: { path: { campaign: this.campaign, slot } },
            }),
          )
        ).slots ?? [];
    });
  }

  saveSearch(name: string): Promise<boolean> {
    return this.#act(async () => {
      const query = this.query.address(this.campaign).slice(1);
      this.searches =
        (await unwrap(api.POST("/v1/campaigns/{campaign}/searches", { params: this.#path, body: { name, query } })))
          .items ?? [];
    });
  }

  deleteSearch(id: string): Promise<boolean> {
    return this.#act(async () => {
      await unwrap(
        api.DELETE("/v1/campaigns/{campaign}/searches/{search}", {
          params: { path: { campaign: this.campaign, search: id } },
        }),
      );
      await this.#loadSearches();
    });
  }
}
