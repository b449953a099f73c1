import { StoryreelError } from "./error.js";
import type { StreamedSource } from "./source.js";
import {
  type Progress,
  type Put,
  type Service,
  type Source,
  type Story,
  type StoryRef,
  Uploader,
  type UploadPlan,
} from "./uploader.js";

export interface SendOptions {
  /** Ends sending; the upload can be resumed later from its ref. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** States in which a story whose upload is over has no file. */
const without = new Set<Story["state"]>(["awaiting_upload", "expired", "withdrawn", "erased"]);

/**
 * The upload of one file to one story. It ends with the page or process, but for its `ref`: store that before sending,
 * and `Storyreel.resumeUpload` goes on from what storage has.
 */
export class Upload {
  readonly ref: StoryRef;
  #service: Service;
  #plan: UploadPlan | undefined;
  #uploader: Uploader;
  #onProgress: SendOptions["onProgress"];
  #sending: Promise<Story> | undefined;
  #resumed: Promise<void> | undefined; // while it is paused
  #wake = () => {};

  /** Made by `Storyreel.beginUpload` and `Storyreel.resumeUpload`. */
  constructor(service: Service, ref: StoryRef, plan: UploadPlan, source: Source | StreamedSource, put: Put) {
    if (plan.bytes !== source.size)
      throw new RangeError(`the file has ${source.size} bytes, but the story began with one of ${plan.bytes}`);
    this.ref = ref;
    this.#service = service;
    this.#plan = plan;
    const release = "release" in source ? source.release : () => {};
    const sendPart: Put = async (request, body, sent, signal) => {
      await put(request, body, sent, signal);
      release(body);
    };
    this.#uploader = new Uploader(source, ref, service, sendPart, (p) => this.#onProgress?.(p));
  }

  /**
   * Sends what storage does not have and resolves with the story once the service has confirmed that the file is
   * complete, also over pauses. Parts are sent three at a time; what may succeed later is tried again up to twelve
   * times, with pauses of up to 30 seconds or as the service asks. Rejects with a StoryreelError, a RangeError of the
   * source, or the signal's reason; then `send` may be called again, and goes on.
   */
  send(options: SendOptions = {}): Promise<Story> {
    this.#sending ??= this.#send(options).finally(() => {
      this.#sending = undefined;
      this.resume();
    });
    return this.#sending;
  }

  async #send({ signal, onProgress }: SendOptions): Promise<Story> {
    signal?.throwIfAborted();
    this.#onProgress = onProgress;
    const stop = () => {
      this.#uploader.pause();
      this.#wake();
    };
    signal?.addEventListener("abort", stop, { once: true });
    try {
      for (;;) {
        const plan = this.#plan;
        this.#plan = undefined; // it holds once
        const story = await this.#uploader.run(plan);
        signal?.throwIfAborted();
        if (story) return story;
        await this.#resumed;
        signal?.throwIfAborted();
      }
    } catch (cause) {
      return await this.#over(cause);
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  /** An upload that is over succeeded earlier, if its story has a file; only the answer was lost. */
  async #over(cause: unknown): Promise<Story> {
    if (!(cause instanceof StoryreelError) || cause.code !== "upload.closed") throw cause;
    const { api, unwrap } = this.#service;
    const story = await unwrap(
      api.GET("/v1/stories/{id}", {
        params: { path: { id: this.ref.story } },
        headers: { Authorization: `Bearer ${this.ref.token}` },
      }),
    );
    if (without.has(story.state)) throw cause;
    return story;
  }

  /** Stops sending until `resume`; `send` stays pending. */
  pause(): void {
    if (!this.#sending || this.#resumed) return;
    this.#resumed = new Promise((resume) => (this.#wake = resume));
    this.#uploader.pause();
  }

  /** Goes on after `pause`, from what storage has. */
  resume(): void {
    this.#wake();
    this.#resumed = undefined;
  }
}
