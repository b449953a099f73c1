import { type Failure, failureOf } from "./client";

const skeletonAfter = 300; // a skeleton that only flickers is worse than none

/** Loader holds one thing that comes over the network, and how that went. */
export class Loader<T> {
  data = $state.raw<T>();
  failure = $state.raw<Failure>();
  busy = $state(false);
  slow = $state(false);
  #turn = 0;

  /** Loads; an answer that a later call overtook is dropped, any other is given to `take`. */
  async run(get: () => Promise<T>, take?: (data: T) => void): Promise<void> {
    const turn = ++this.#turn;
    const timer = setTimeout(() => (this.slow = turn === this.#turn), skeletonAfter);
    this.busy = true;
    try {
      const data = await get();
      if (turn !== this.#turn) return;
      this.data = data;
      this.failure = undefined;
      take?.(data);
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

/** Pages holds a list that comes page by page, by cursor. */
export class Pages<T> {
  items = $state.raw<T[]>([]);
  next = $state("");
  fresh = $state(false);
  readonly loader = new Loader<Page<T>>();
  #get: (cursor?: string) => Promise<Page<T>>;

  constructor(get: (cursor?: string) => Promise<Page<T>>) {
    this.#get = get;
  }

  /** Does what was done last once more, after it failed. */
  again = this.load;

  /** Starts over from the first page; what was shown stays until it is there. */
  async load(): Promise<void> {
    this.again = this.load;
    await this.loader.run(
      () => this.#get(),
      (page) => {
        this.items = page.items ?? [];
        this.next = page.next ?? "";
        this.fresh = true;
      },
    );
    if (this.loader.failure) this.next = ""; // it belongs to what was asked before
  }

  async more(): Promise<void> {
    const cursor = this.next;
    if (!cursor || this.loader.busy) return;
    this.again = this.more;
    await this.loader.run(
      () => this.#get(cursor),
      (page) => {
        this.items = [...this.items, ...(page.items ?? [])];
        this.next = page.next ?? "";
      },
    );
  }
}
