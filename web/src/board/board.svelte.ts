// State of the board: search results, shortlists, ad slots, saved searches.
import {
  api,
  unwrap,
  type Failure,
  failureOf,
  type Facet,
  type SavedSearch,
  type SearchPage,
  type Slot,
  type Story,
} from "../lib/client";
import { PagedList } from "../lib/loader.svelte";
import { Lists, type EntryChange } from "./lists.svelte";
import { type FilterName, Query } from "./query.svelte";

/** The part of a story used in an ad, and the reason. */
export interface AdChoice {
  note?: string;
  from_ms?: number;
  to_ms?: number;
}

/** What the service takes in one call. */
const bulk = 500;

export class Board {
  readonly query = new Query();
  readonly campaign: string;
  readonly lists: Lists;
  readonly results: PagedList<Story>;
  /** How many stories match; undefined while unknown. */
  total = $state.raw<SearchPage["total"]>();
  /** Words that the service replaced because nothing contains them. */
  corrected = $state.raw<NonNullable<SearchPage["corrected"]>>([]);
  slots = $state.raw<Slot[]>([]);
  searches = $state.raw<SavedSearch[]>([]);
  failure = $state.raw<Failure>();
  #tags = $state.raw<Facet[]>([]);

  constructor(campaign: string) {
    this.campaign = campaign;
    this.lists = new Lists(campaign);
    this.results = new PagedList((cursor) => this.#page(cursor));
  }

  get #path() {
    return { path: { campaign: this.campaign } };
  }

  async #page(cursor?: string): Promise<SearchPage> {
    const page: SearchPage = await unwrap(
      api.GET("/v1/campaigns/{campaign}/search", { params: { ...this.#path, query: this.query.params(cursor) } }),
    );
    if (!cursor) [this.total, this.corrected] = [page.total, page.corrected ?? []];
    // an order that changes meanwhile may show a story again
    const known = new Set(cursor ? this.results.items.map((s) => s.id) : []);
    return { ...page, items: (page.items ?? []).filter((s) => !known.has(s.id)) };
  }

  async load(): Promise<void> {
    this.query.ensureSeed();
    await Promise.all([
      this.results.load(),
      this.run(() => Promise.all([this.lists.load(), this.#loadSlots(), this.#loadSearches(), this.#loadTags()])),
    ]);
  }

  /** The values of one filter that stories have, counted with all other filters; `prefix` is what was typed. */
  async facet(name: FilterName, prefix = "", question?: string): Promise<Facet[]> {
    const query = {
      ...this.query.narrowing(),
      facet: name as "song",
      limit: 50,
      ...(prefix.trim() && { prefix: prefix.trim() }),
      ...(question && { question }),
    };
    return (await unwrap(api.GET("/v1/campaigns/{campaign}/facets", { params: { ...this.#path, query } }))).items ?? [];
  }

  /** The tags that are in use. */
  get tags(): string[] {
    return this.#tags.map((f) => f.value);
  }

  async #loadTags(): Promise<void> {
    const query = { facet: "tag" as const, limit: 50 };
    this.#tags =
      (await unwrap(api.GET("/v1/campaigns/{campaign}/facets", { params: { ...this.#path, query } }))).items ?? [];
  }

  /** Searches, and writes the query into the address. */
  search(): void {
    this.query.ensureSeed();
    this.updateAddress();
    void this.results.load();
  }

  /** The address of the view, with what is open. */
  address(open: Record<string, string> = {}): string {
    const more = new URLSearchParams(Object.entries(open).filter(([, value]) => value));
    return this.query.address(this.campaign) + (more.size ? `&${more}` : "");
  }

  updateAddress(): void {
    history.replaceState(history.state, "", this.address());
  }

  slotOf(id: string): Slot | undefined {
    return this.slots.find((s) => s.story?.id === id);
  }

  /** Where a story stands on a list, as the last search has it. */
  mark(story: Story, list = this.lists.currentId) {
    return story.shortlists?.find((m) => m.list === list);
  }

  /** Shortlisted or in an ad slot. */
  isChosen(story: Story): boolean {
    return Boolean(story.shortlists?.length || this.slotOf(story.id));
  }

  find(id: string): Story | undefined {
    return this.results.items.find((s) => s.id === id);
  }

  /** Makes a call; a failure is shown, and the outcome returned. */
  async run(call: () => Promise<unknown>): Promise<boolean> {
    try {
      await call();
      this.failure = undefined;
      return true;
    } catch (cause) {
      this.failure = failureOf(cause);
      return false;
    }
  }

  /** Changes what is known of stories among the results. */
  patch(ids: readonly string[], change: (story: Story) => Partial<Story>): void {
    const changed = new Set(ids);
    this.results.items = this.results.items.map((s) => (changed.has(s.id) ? { ...s, ...change(s) } : s));
  }

  async #loadSlots(): Promise<void> {
    this.slots = (await unwrap(api.GET("/v1/campaigns/{campaign}/selection", { params: this.#path }))).slots ?? [];
  }

  async #loadSearches(): Promise<void> {
    this.searches = (await unwrap(api.GET("/v1/campaigns/{campaign}/searches", { params: this.#path }))).items ?? [];
  }

  /** Adds a story to a list or changes its entry; throws the failure. */
  async list(list: string, id: string, change: EntryChange = {}) {
    const entry = await this.lists.put(list, id, change);
    this.patch([id], (s) => ({
      shortlists: [...(s.shortlists ?? []).filter((m) => m.list !== list), { list, status: entry.status }],
    }));
    void this.lists.load().catch(() => undefined); // counts only
    return entry;
  }

  /** Takes a story off a list; throws the failure. */
  async unlist(list: string, id: string): Promise<void> {
    await this.lists.remove(list, id);
    this.patch([id], (s) => ({ shortlists: (s.shortlists ?? []).filter((m) => m.list !== list) }));
    if (this.query.find("shortlist", list)) void this.results.load();
    void this.lists.load().catch(() => undefined);
  }

  /** Puts a story on the current list or takes it off. */
  toggleListed(story: Story): Promise<boolean> {
    const list = this.lists.currentId;
    return this.run(() => (this.mark(story) ? this.unlist(list, story.id) : this.list(list, story.id)));
  }

  /** Adds stories to a list; returns how many were refused, or undefined if the call failed. */
  async listAll(list: string, ids: string[]): Promise<number | undefined> {
    const refused: string[] = [];
    const done = await this.run(async () => {
      for (let i = 0; i < ids.length; i += bulk)
        refused.push(...(await this.lists.addAll(list, ids.slice(i, i + bulk))));
      await this.lists.load();
    });
    const added = ids.filter((id) => !refused.includes(id));
    if (done)
      this.patch(added, (s) => ({
        shortlists: s.shortlists?.some((m) => m.list === list)
          ? s.shortlists
          : [...(s.shortlists ?? []), { list, status: "considering" }],
      }));
    return done ? refused.length : undefined;
  }

  /** Sets the own vote; 0 removes it. */
  vote(id: string, value: -1 | 0 | 1, reason = ""): Promise<boolean> {
    return this.run(() =>
      unwrap(
        api.PUT("/v1/campaigns/{campaign}/stories/{id}/vote", {
          params: { path: { campaign: this.campaign, id } },
          body: { value, ...(reason && { reason }) },
        }),
      ),
    );
  }

  /** Replaces the tags of a story. */
  tag(id: string, tags: string[]): Promise<boolean> {
    return this.run(async () => {
      const { tags: stored } = await unwrap(
        api.PUT("/v1/campaigns/{campaign}/stories/{id}/tags", {
          params: { path: { campaign: this.campaign, id } },
          body: { tags },
        }),
      );
      this.patch([id], () => ({ tags: stored ?? [] }));
      void this.#loadTags().catch(() => undefined); // suggestions only
    });
  }

  /** Adds a tag to stories; returns how many were refused, or undefined if the call failed. */
  async tagAll(ids: string[], tag: string): Promise<number | undefined> {
    let refused = 0;
    const done = await this.run(async () => {
      for (let i = 0; i < ids.length; i += bulk) {
        const { items } = await unwrap(
          api.POST("/v1/campaigns/{campaign}/tags", {
            params: this.#path,
            body: { stories: ids.slice(i, i + bulk), add: [tag] },
          }),
        );
        const tags = new Map((items ?? []).map((x) => [x.id, x]));
        refused += (items ?? []).filter((x) => x.refused).length;
        this.patch(ids, (s) => ({ tags: tags.get(s.id)?.tags ?? s.tags ?? [] }));
      }
      await this.#loadTags();
    });
    return done ? refused : undefined;
  }

  /** Fills an ad slot. Without a choice, a slot that has the story already stays as it is. */
  async fill(slot: string, story: string, choice?: AdChoice): Promise<boolean> {
    if (!choice && this.slotOf(story)?.slot === slot) return true;
    return this.run(async () => {
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
    return this.run(async () => {
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
    return this.run(async () => {
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
    return this.run(async () => {
      const query = this.query.address(this.campaign).slice(1);
      this.searches =
        (await unwrap(api.POST("/v1/campaigns/{campaign}/searches", { params: this.#path, body: { name, query } })))
          .items ?? [];
    });
  }

  deleteSearch(id: string): Promise<boolean> {
    return this.run(async () => {
      await unwrap(
        api.DELETE("/v1/campaigns/{campaign}/searches/{search}", {
          params: { path: { campaign: this.campaign, search: id } },
        }),
      );
      await this.#loadSearches();
    });
  }
}
