// The campaign's named shortlists, and what stands on them about one story.
import { recall, remember } from "../browser/local";
import { api, unwrap, type ListEntry, type Shortlist, type ShortlistStatus } from "../lib/client";

/** The id of the list that every campaign has. */
export const defaultList = "default";

/** What becomes of an entry; what is absent stays as it is. */
export interface EntryChange {
  note?: string;
  status?: ShortlistStatus;
  /** The version of the entry that the change was made on; 0: there was none. */
  version?: number;
}

export class Lists {
  readonly campaign: string;
  all = $state.raw<Shortlist[]>([]);
  #chosen = $state("");

  constructor(campaign: string) {
    this.campaign = campaign;
    this.#chosen = recall<string>(`list.${campaign}`) ?? defaultList;
  }

  get #path() {
    return { path: { campaign: this.campaign } };
  }

  #of(list: string) {
    return { path: { campaign: this.campaign, list } };
  }

  /** The list that stories are added to; the browser remembers it. */
  get current(): Shortlist | undefined {
    return this.find(this.#chosen) ?? this.find(defaultList);
  }

  get currentId(): string {
    return this.current?.id ?? defaultList;
  }

  find(id: string): Shortlist | undefined {
    return this.all.find((l) => l.id === id);
  }

  choose(id: string): void {
    this.#chosen = id;
    remember(`list.${this.campaign}`, id === defaultList ? undefined : id);
  }

  async load(): Promise<void> {
    this.all = (await unwrap(api.GET("/v1/campaigns/{campaign}/shortlists", { params: this.#path }))).items ?? [];
  }

  /** Creates a list and makes it the current one. */
  async create(name: string): Promise<void> {
    const made = await unwrap(api.POST("/v1/campaigns/{campaign}/shortlists", { params: this.#path, body: { name } }));
    await this.load();
    this.choose(made.id);
  }

  async rename(list: Shortlist, name: string): Promise<void> {
    await unwrap(
      api.PUT("/v1/campaigns/{campaign}/shortlists/{list}", {
        params: this.#of(list.id),
        body: { name, version: list.version },
      }),
    );
    await this.load();
  }

  /** Deletes a list with its entries. */
  async delete(list: Shortlist): Promise<void> {
    await unwrap(api.DELETE("/v1/campaigns/{campaign}/shortlists/{list}", { params: this.#of(list.id) }));
    await this.load();
  }

  /** The address of a list's sheet for people. */
  sheet(list: Shortlist, lang: string): string {
    const [campaign, id] = [this.campaign, list.id].map(encodeURIComponent);
    return `/v1/campaigns/${campaign}/shortlists/${id}/sheet?lang=${lang}`;
  }

  /** A story's entries on all lists. */
  async entries(story: string): Promise<ListEntry[]> {
    const params = { path: { campaign: this.campaign, id: story } };
    return (await unwrap(api.GET("/v1/campaigns/{campaign}/stories/{id}/shortlists", { params }))).items ?? [];
  }

  /** Adds a story to a list, or changes its entry. Fails with `shortlist.entry_changed` if somebody was faster. */
  put(list: string, story: string, change: EntryChange): Promise<ListEntry> {
    return unwrap(
      api.PUT("/v1/campaigns/{campaign}/shortlists/{list}/stories/{id}", {
        params: { path: { campaign: this.campaign, list, id: story } },
        body: change,
      }),
    );
  }

  async remove(list: string, story: string): Promise<void> {
    await unwrap(
      api.DELETE("/v1/campaigns/{campaign}/shortlists/{list}/stories/{id}", {
        params: { path: { campaign: this.campaign, list, id: story } },
      }),
    );
  }

  /** Adds stories to a list; returns those that were refused. */
  async addAll(list: string, stories: string[]): Promise<string[]> {
    const { items } = await unwrap(
      api.POST("/v1/campaigns/{campaign}/shortlists/{list}/stories", {
        params: this.#of(list),
        body: { add: stories },
      }),
    );
    return (items ?? []).filter((i) => i.outcome === "refused").map((i) => i.id);
  }
}
