// Multipart upload: three parts in parallel, resuming from what storage has, with
// retries over lost networks. The service decides by asking storage whether the
// upload is complete, so it does not rely on this code. The pages of the service
// use it as well, within a tight budget of bytes; see web/build/budget.mjs.
import type { Client } from "openapi-fetch";
import type { components, paths } from "./api.js";
import { type Result, StoryreelError } from "./error.js";
import { backoff, isOffline, retry, sleep } from "./pause.js";

export type Story = components["schemas"]["StoryView"];
export type UploadPlan = components["schemas"]["UploadView"];
export type SignedRequest = components["schemas"]["RequestView"];

/** Names a story and holds the token that speaks for it. Anyone who has the token can do the same: keep it private. */
export interface StoryRef {
  story: string;
  token: string;
}

/** The API as its caller reaches it; `unwrap` throws errors with `retryable`, `retryAfter` and `code`. */
export interface Service {
  api: Client<paths>;
  unwrap<T>(call: Promise<Result<T>>): Promise<NonNullable<T>>;
}

/** What is sent: a Blob, or anything else that yields its bytes from `from` to before `to` as one. */
export interface Source {
  readonly size: number;
  slice(from: number, to: number): Blob | Promise<Blob>;
}

/**
 * Sends one presigned request, calling `sent` with the bytes that are on their way. Throws a StoryreelError, and
 * what aborts the signal.
 */
export type Put = (
  request: SignedRequest,
  body: Blob,
  sent: (bytes: number) => void,
  signal: AbortSignal,
) => Promise<void>;

const parallel = 3; // parts
const signAhead = 10; // parts
// milliseconds since it was received; expires_at is not compared because a phone's clock may be wrong
const freshFor = 8 * 60_000;

export interface Progress {
  /** `waiting`: for a network, or before another try. */
  phase: "sending" | "waiting" | "paused" | "completing";
  /** Bytes that storage has or that are on their way. The count falls when a part must be sent again. */
  sent: number;
  /** Bytes of the file. */
  total: number;
  /** Estimated from the last seconds; undefined until there is a rate. */
  secondsLeft?: number;
}

export class Uploader {
  #file: Source;
  #ref: StoryRef;
  #service: Service;
  #put: Put;
  #on: (p: Progress) => void;
  #signed = new Map<number, { request: SignedRequest; at: number }>();
  #signing: Promise<void> | undefined;
  #missing: number[] = [];
  #sent = new Map<number, number>();
  #arrived = 0;
  #partSize = 0;
  #stop = new AbortController();
  #paused = false;
  #waiting = 0;
  #samples: { at: number; sent: number }[] = [];

  constructor(file: Source, ref: StoryRef, service: Service, put: Put, on: (p: Progress) => void) {
    this.#file = file;
    this.#ref = ref;
    this.#service = service;
    this.#put = put;
    this.#on = on;
  }

  /** Stops sending; calling `run` again resumes from what storage has. */
  pause(): void {
    this.#paused = true;
    this.#stop.abort(new DOMException("paused", "AbortError"));
    this.#report();
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Sends what is missing and completes. Returns undefined when paused. */
  async run(plan?: UploadPlan): Promise<Story | undefined> {
    const { api, unwrap } = this.#service;
    this.#stop = new AbortController();
    this.#paused = false;
    const { signal } = this.#stop;
    try {
      for (;;) {
        this.#start(
          plan ?? (await this.#retry(() => unwrap(api.GET("/v1/stories/{id}/upload", this.#call())), signal)),
        );
        await Promise.all(Array.from({ length: Math.min(parallel, this.#missing.length) }, () => this.#worker(signal)));
        this.#report("completing");
        try {
          return await this.#retry(() => unwrap(api.POST("/v1/stories/{id}/upload/complete", this.#call())), signal);
        } catch (cause) {
          if ((cause as StoryreelError).code !== "upload.incomplete") throw cause;
          plan = undefined; // asks storage again which parts it has
          await sleep(backoff(2), signal);
        }
      }
    } catch (cause) {
      if (this.#paused) return undefined;
      this.#stop.abort(cause);
      throw cause;
    }
  }

  #call = () => ({
    params: { path: { id: this.#ref.story } },
    headers: { Authorization: `Bearer ${this.#ref.token}` },
  });

  #start(plan: UploadPlan): void {
    const single = plan.part_count === 0;
    const numbers = single ? [0] : Array.from({ length: plan.part_count }, (_, i) => i + 1);
    const have = new Map((plan.received ?? []).map((p) => [p.number, p.bytes]));
    this.#missing = numbers.filter((n) => !have.has(n));
    this.#arrived = [...have.values()].reduce((sum, n) => sum + n, 0);
    this.#sent.clear();
    this.#samples = [];
    this.#partSize = single ? plan.bytes : plan.part_size;
    this.#store(plan.requests);
    this.#report();
  }

  /** Sends parts until none is left; several run in parallel. */
  async #worker(signal: AbortSignal): Promise<void> {
    for (let n = this.#missing.shift(); n !== undefined; n = this.#missing.shift()) await this.#sendPart(n, signal);
  }

  async #sendPart(n: number, signal: AbortSignal): Promise<void> {
    const from = Math.max(n - 1, 0) * this.#partSize;
    const body = await this.#file.slice(from, Math.min(from + this.#partSize, this.#file.size));
    const sent = (bytes: number) => {
      this.#sent.set(n, bytes);
      this.#report();
    };
    await this.#retry(async () => {
      const request = await this.#sign(n);
      try {
        await this.#put(request, body, sent, signal);
      } catch (cause) {
        sent(0);
        if ((cause as StoryreelError).status === 403) this.#signed.delete(n);
        throw cause;
      }
    }, signal);
    this.#sent.delete(n);
    this.#arrived += body.size;
    this.#report();
  }

  /** The presigned request for a part; fetched with the next few in one call, one call at a time. */
  async #sign(n: number): Promise<SignedRequest> {
    for (let attempt = 0; attempt < signAhead; attempt++) {
      const have = this.#signed.get(n);
      if (have && performance.now() - have.at < freshFor) return have.request;
      this.#signed.delete(n);
      this.#signing ??= this.#requestParts(n).finally(() => (this.#signing = undefined));
      await this.#signing;
    }
    throw new StoryreelError({ code: "storage.refused", detail: "The service signed no request for a part." });
  }

  async #requestParts(n: number): Promise<void> {
    const parts = n === 0 ? [] : [n, ...this.#missing.filter((m) => !this.#signed.has(m)).slice(0, signAhead - 1)];
    const { api, unwrap } = this.#service;
    const { requests } = await unwrap(api.POST("/v1/stories/{id}/upload/parts", { body: { parts }, ...this.#call() }));
    this.#store(requests);
  }

  #store(requests: SignedRequest[] | null): void {
    for (const request of requests ?? []) this.#signed.set(request.part, { request, at: performance.now() });
  }

  #retry<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return retry(act, signal, (wait) => this.#whileWaiting(wait));
  }

  async #whileWaiting(wait: Promise<void>): Promise<void> {
    this.#waiting++;
    this.#report();
    try {
      await wait;
    } finally {
      this.#waiting--;
      this.#samples = []; // the rate before the gap does not apply after it
      this.#report();
    }
  }

  #report(phase?: "completing"): void {
    const sent = this.#arrived + [...this.#sent.values()].reduce((sum, n) => sum + n, 0);
    const stuck = this.#waiting > 0 && (isOffline() || this.#waiting >= Math.min(parallel, this.#sent.size || 1));
    const now = performance.now();
    this.#samples = [...this.#samples.filter((s) => now - s.at < 8000), { at: now, sent }];
    const first = this.#samples[0]!;
    const rate = now - first.at > 1000 ? (sent - first.sent) / (now - first.at) : 0;
    this.#on({
      phase: phase ?? (this.#paused ? "paused" : stuck ? "waiting" : "sending"),
      sent: Math.min(sent, this.#file.size),
      total: this.#file.size,
      secondsLeft: rate > 0 ? (this.#file.size - sent) / rate / 1000 : undefined,
    });
  }
}
