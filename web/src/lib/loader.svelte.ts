import { type Failure, failureOf } from "./client";

const emptyPages = 20; // read at most before the reader asks for more
const skeletonAfter = 300; // milliseconds; a skeleton shown for less only flickers

/** One value loaded over the network, with its loading and error state. */
export class Loader<T> {
  data = $state.raw<T>();
  failure = $state.raw<Failure>();
  busy = $state(false);
  slow = $state(false);
  #turn = 0;

  /** Loads; the result of a call that a later one overtook is dropped, any other is passed to `accept`. */
  async run(get: () => Promise<T>, accept?: (data: T) => void): Promise<void> {
    const turn = ++this.#turn;
    const timer = setTimeout(() => (this.slow = turn === this.#turn), skeletonAfter);
    this.busy = true;
    try {
      const data = await get();
      if (turn !== this.#turn) return;
      this.data = data;
      this.failure = undefined;
      accept?.(data);
    } catch (cause) {
      if (turn === this.#turn) this.failure = failureOf(cause);
    } finally {
      clearTimeout(timer);
      if (turn === this.#turn) this.busy = this.slow = false;
    }
  }
}

interface Page<T> {
  items: T[] | null;
  next?: string;
}

/** A list loaded page by page, by cursor. */
export class PagedList<T> {
  items = $state.raw<T[]>([]);
  next = $state("");
  loaded = $state(false);
  readonly loader = new Loader<Page<T>>();
  #get: (cursor?: string) => Promise<Page<T>>;

  constructor(get: (cursor?: string) => Promise<Page<T>>) {
    this.#get = get;
  }

  /** Repeats the last call after it failed. */
  retry = this.load;

  /** Loads the first page; the current items stay until it arrives. */
  async load(): Promise<void> {
    this.retry = this.load;
    await this.loader.run(
      () => this.#get(),
      (page) => {
        this.items = page.items ?? [];
        this.next = page.next ?? "";
        this.loaded = true;
      },
    );
    if (this.loader.failure) this.next = ""; // the old cursor belongs to another query
    await this.#fill();
  }

  /** Reads on where a page is empty though not the last: a search looks at a bounded number of stories for one page. */
  async #fill(): Promise<void> {
    for (let pages = 1; pages < emptyPages && this.items.length === 0 && this.next; pages++) {
      const before = this.next;
      await this.more();
      if (this.next === before) return; // it failed, or another call is under way
    }
  }

  async more(): Promise<void> {
    const cursor = this.next;
    if (!cursor || this.loader.busy) return;
    this.retry = this.more;
    await this.loader.run(
      () => this.#get(cursor),
      (page) => {
        this.items = [...this.items, ...(page.items ?? [])];
        this.next = page.next ?? "";
      },
    );
  }
}
