import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./api.js";
import { asError, type Result, unwrap } from "./error.js";
import { putByFetch } from "./fetchPut.js";
import { retry } from "./pause.js";
import { type SendOptions, Upload } from "./upload.js";
import type { Put, Service, Source, Story, StoryRef } from "./uploader.js";
import { changesOf, type StoryState, waitFor } from "./wait.js";
import { putByXHR } from "./xhr.js";

type Schemas = components["schemas"];
export type Campaign = Schemas["CampaignView"];
export type FeedItem = Schemas["FeedItem"];
export type Decision = Schemas["DecisionBody"];

/** The query of a route. */
type Query<Path extends keyof paths> = paths[Path] extends { get: { parameters: { query?: infer Q } } }
  ? Omit<NonNullable<Q>, "cursor">
  : never;
export type FeedQuery = Query<"/v1/campaigns/{campaign}/feed">;
export type SearchQuery = Query<"/v1/campaigns/{campaign}/search">;
export type QueueQuery = Query<"/v1/review/queue">;

/** What begins a story; of the file, its own name, size and type are used where they are not given. */
export type Submission = Omit<Schemas["BeginInputBody"], "file"> & { file?: Partial<Schemas["FileInput"]> };

export interface Options {
  /** An API key of staff (`storyreel key create`). For servers only: a page that has a key gives it to everybody. */
  key?: string;
  /** Sends the requests, by default the global fetch. In browsers, files go to storage by XMLHttpRequest. */
  fetch?: (request: Request) => Promise<Response>;
}

export interface Cancellable {
  signal?: AbortSignal;
}

export interface BeginOptions extends Cancellable {
  /** The same key and submission again, within a day, give the same story; by default each call begins another. */
  idempotencyKey?: string;
}

/** Seconds of a Retry-After that `beginUpload` waits; limits of an hour are for the caller to decide about. */
const patience = 60;

/** One part of a paged list; `next` is the cursor of the following one. */
export interface Page<T> {
  items: T[] | null;
  next?: string;
}

/** All items of a paged list. A page is read when its first item is wanted; pages may be empty before the last. */
export async function* itemsOf<T>(read: (cursor?: string) => Promise<Page<T>>): AsyncGenerator<T, void, undefined> {
  let cursor: string | undefined;
  do {
    const { items, next } = await read(cursor);
    yield* items ?? [];
    cursor = next;
  } while (cursor);
}

/**
 * A Storyreel service. Methods reject with a StoryreelError when a call fails, and with the signal's reason when it is
 * aborted. Contributors' methods take a StoryRef; those of staff need a key.
 */
export class Storyreel {
  /** Every route of the API, typed: `await reel.call(reel.api.GET("/v1/campaigns"))`. */
  readonly api: Client<paths>;
  #service: Service;
  #put: Put;

  /** `origin` is the service's address, such as https://stories.example.com. */
  constructor(origin: string | URL, { key, fetch = (request) => globalThis.fetch(request) }: Options = {}) {
    this.api = createClient<paths>({
      baseUrl: String(origin),
      fetch,
      ...(key && { headers: { Authorization: `Bearer ${key}` } }),
    });
    this.#service = { api: this.api, unwrap: (call) => unwrap(call, asError) };
    this.#put = typeof XMLHttpRequest === "undefined" ? putByFetch(fetch) : putByXHR;
  }

  /** The body of a successful call of `api`. Give the call's signal here, too, if it has one. */
  async call<T>(call: Promise<Result<T>>, signal?: AbortSignal): Promise<NonNullable<T>> {
    try {
      return await this.#service.unwrap(call);
    } catch (cause) {
      signal?.throwIfAborted();
      throw cause;
    }
  }

  /** A campaign with its limits, questions and release forms. */
  campaign(slug: string, { signal }: Cancellable = {}): Promise<Campaign> {
    const params = { path: { campaign: slug } };
    return this.call(this.api.GET("/v1/campaigns/{campaign}", { params, signal }), signal);
  }

  /** The published stories of a campaign, newest first. */
  feed(campaign: string, query: FeedQuery = {}, { signal }: Cancellable = {}): AsyncGenerator<FeedItem> {
    return itemsOf((cursor) => {
      const params = { path: { campaign }, query: { ...query, cursor } };
      return this.call(this.api.GET("/v1/campaigns/{campaign}/feed", { params, signal }), signal);
    });
  }

  /** One published story. */
  published(id: string, { signal }: Cancellable = {}): Promise<FeedItem> {
    return this.call(this.api.GET("/v1/feed/{id}", { params: { path: { id } }, signal }), signal);
  }

  /**
   * Records a story, with the contributor's agreement to the release form, and returns its upload; nothing is sent
   * yet. Failures that can pass are tried again under the same key; a limit that lasts more than a minute rejects at
   * once with its `retryAfter`. The three acts of the release are the contributor's; a program must not perform them
   * on its own.
   */
  async beginUpload(
    campaign: string,
    submission: Submission,
    source: Source,
    { signal = new AbortController().signal, idempotencyKey = newKey() }: BeginOptions = {},
  ): Promise<Upload> {
    const { name, type } = source as Partial<File>;
    const body = {
      ...submission,
      file: { ...(name && { name }), ...(type && { content_type: type }), ...submission.file, bytes: source.size },
    };
    const params = { path: { campaign }, header: { "Idempotency-Key": idempotencyKey } };
    const begin = () => this.call(this.api.POST("/v1/campaigns/{campaign}/stories", { params, body, signal }), signal);
    const { story, token, upload } = await retry(begin, signal, (wait) => wait, patience);
    return new Upload(this.#service, { story: story.id, token }, upload, source, this.#put);
  }

  /**
   * The upload of the rest of a file whose story began earlier, in another process or before a reload. Rejects with
   * code `upload.closed` when the story takes no upload any more, and with a RangeError for a file of another size.
   */
  async resumeUpload(ref: StoryRef, source: Source, { signal }: Cancellable = {}): Promise<Upload> {
    const call = this.api.GET("/v1/stories/{id}/upload", { ...authorized(ref), signal });
    return new Upload(this.#service, ref, await this.call(call, signal), source, this.#put);
  }

  /** Begins a story and sends its file; `onBegun` gets what resumes the upload before any byte is sent. */
  async uploadStory(
    campaign: string,
    submission: Submission,
    source: Source,
    { onBegun, ...options }: BeginOptions & SendOptions & { onBegun?: (ref: StoryRef) => void | Promise<void> } = {},
  ): Promise<Story> {
    const upload = await this.beginUpload(campaign, submission, source, options);
    await onBegun?.(upload.ref);
    return upload.send(options);
  }

  /** A story as its contributor sees it, or staff with a key. */
  story(ref: StoryRef | string, { signal }: Cancellable = {}): Promise<Story> {
    return this.call(this.api.GET("/v1/stories/{id}", { ...authorized(ref), signal }), signal);
  }

  /** The story as it is now and after every change, until nothing but the contributor can change it. */
  follow(ref: StoryRef, { signal }: Cancellable = {}): AsyncGenerator<Story> {
    return changesOf(this.#service, ref, signal);
  }

  /**
   * Resolves once the story is in the state, or past it, such as `in_review` or `published`; rejects with a WaitError
   * when it cannot get there by itself any more.
   */
  waitFor(
    ref: StoryRef,
    state: StoryState,
    options: Cancellable & { onStory?: (story: Story) => void } = {},
  ): Promise<Story> {
    return waitFor(this.#service, ref, state, options);
  }

  /** Takes a story back: it leaves the feed at once and is erased soon after. */
  withdraw(ref: StoryRef, { signal }: Cancellable = {}): Promise<Story> {
    return this.call(this.api.DELETE("/v1/stories/{id}", { ...authorized(ref), signal }), signal);
  }

  /** Stories that wait for a decision, oldest first. Role: moderator. */
  queue(query: QueueQuery = {}, { signal }: Cancellable = {}): AsyncGenerator<Story> {
    return itemsOf((cursor) => {
      const params = { query: { ...query, cursor } };
      return this.call(this.api.GET("/v1/review/queue", { params, signal }), signal);
    });
  }

  /** Decides on a story, and returns it as it is then. Role: moderator. */
  decide(story: string, decision: Decision, { signal }: Cancellable = {}): Promise<Story> {
    const params = { path: { id: story } };
    return this.call(this.api.POST("/v1/stories/{id}/decisions", { params, body: decision, signal }), signal);
  }

  /** Published stories by words and facets, as on the board. Role: creative. */
  search(campaign: string, query: SearchQuery = {}, { signal }: Cancellable = {}): AsyncGenerator<Story> {
    return itemsOf((cursor) => {
      const params = { path: { campaign }, query: { ...query, cursor } };
      return this.call(this.api.GET("/v1/campaigns/{campaign}/search", { params, signal }), signal);
    });
  }
}

/** Path and token of a story; a bare id is read with the client's key. */
function authorized(ref: StoryRef | string) {
  if (typeof ref === "string") return { params: { path: { id: ref } } };
  return { params: { path: { id: ref.story } }, headers: { Authorization: `Bearer ${ref.token}` } };
}

/** 128 random bits; randomUUID does not exist on pages without TLS. */
const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
