// State of the board: search results, shortlist, ad slots, saved searches.
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

/** The part of a story used in an ad, and the reason. */
export interface AdChoice {
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
    this.query.ensureSeed();
    await Promise.all([
      this.results.load(),
      this.#loadFacets(),
      this.#run(() => Promise.all([this.#loadShortlist(), this.#loadSlots(), this.#loadSearches()])),
    ]);
  }

  #loadFacets(): Promise<void> {
    return this.facets.run(
      async () => (await unwrap(api.GET("/v1/campaigns/{campaign}/facets", { params: this.#path }))).items ?? [],
    );
  }

  /** Searches, and writes the query into the address. */
  search(): void {
    this.query.ensureSeed();
    this.updateAddress();
    void this.results.load();
  }

  /** Writes the view into the address, and what is open: a story, a comparison, the sources. */
  updateAddress(open: Record<string, string> = {}): void {
    const more = new URLSearchParams(Object.entries(open).filter(([, value]) => value));
    history.replaceState(null, "", this.query.address(this.campaign) + (more.size ? `&${more}` : ""));
  }

  candidate(id: string): Candidate | undefined {
    return this.shortlist.find((c) => c.story.id === id);
  }

  slotOf(id: string): Slot | undefined {
    return this.slots.find((s) => s.story?.id === id);
  }

  /** Shortlisted or in an ad slot. */
  isChosen(id: string): boolean {
    return Boolean(this.candidate(id) ?? this.slotOf(id));
  }

  async #run(call: () => Promise<unknown>): Promise<boolean> {
    try {
      await call();
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
    return this.#run(async () => {
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
    return this.#run(async () => {
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

  /** Sets the own vote; 0 removes it. */
  vote(id: string, value: -1 | 0 | 1, reason = ""): Promise<boolean> {
    return this.#run(async () => {
      await unwrap(
        api.PUT("/v1/campaigns/{campaign}/stories/{id}/vote", {
          params: { path: { campaign: this.campaign, id } },
          body: { value, ...(reason && { reason }) },
        }),
      );
      await this.#loadShortlist();
    });
  }

  /** Replaces the tags of a story. */
  tag(id: string, tags: string[]): Promise<boolean> {
    return this.#run(async () => {
      const { tags: stored } = await unwrap(
        api.PUT("/v1/campaigns/{campaign}/stories/{id}/tags", {
          params: { path: { campaign: this.campaign, id } },
          body: { tags },
        }),
      );
      this.results.items = this.results.items.map((s) => (s.id === id ? { ...s, tags: stored ?? [] } : s));
      void this.#loadFacets();
    });
  }

  /** Fills an ad slot. Without a choice, a slot that has the story already stays as it is. */
  async fill(slot: string, story: string, choice?: AdChoice): Promise<boolean> {
    if (!choice && this.slotOf(story)?.slot === slot) return true;
    return this.#run(async () => {
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
    return this.#run(async () => {
      await unwrap(
        api.DELETE("/v1/campaigns/{campaign}/selection/{slot}", {
          params: { path: { campaign: this.campaign, slot } },
        }),
      );
      await this.#loadSlots();
    });
  }

  /** Confirms a colleague's selection as the second person. */
  confirm(slot: string): Promise<boolean> {
    return this.#run(async () => {
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
    return this.#run(async () => {
      const query = this.query.address(this.campaign).slice(1);
      this.searches =
        (await unwrap(api.POST("/v1/campaigns/{campaign}/searches", { params: this.#path, body: { name, query } })))
          .items ?? [];
    });
  }

  deleteSearch(id: string): Promise<boolean> {
    return this.#run(async () => {
      await unwrap(
        api.DELETE("/v1/campaigns/{campaign}/searches/{search}", {
          params: { path: { campaign: this.campaign, search: id } },
        }),
      );
      await this.#loadSearches();
    });
  }
}
