// The upload of one file to one story, with its state for the UI: resume, send, complete.
import { api, unwrap, bearer, failed, type Failure, failureOf, type Story, type UploadPlan } from "../lib/client";
import { type Progress, Uploader } from "../../packages/client/src/uploader";
import { putByXHR } from "../../packages/client/src/xhr";
import { stayAwake } from "../browser/awake";
import { text } from "../text";
import { addPending, dropPending, type Pending } from "./pending";

export class UploadTask {
  progress = $state.raw<Progress>();
  failure = $state.raw<Failure>();
  story = $state.raw<Story>(); // set once the service has confirmed the upload
  readonly pending: Pending;
  #uploader: Uploader;

  constructor(file: Blob, pending: Pending) {
    this.pending = pending;
    this.#uploader = new Uploader(file, pending, { api, unwrap }, putByXHR, (p) => (this.progress = p));
    addPending(pending);
  }

  get paused(): boolean {
    return this.progress?.phase === "paused";
  }

  async run(plan?: UploadPlan): Promise<void> {
    this.failure = undefined;
    addEventListener("beforeunload", warn);
    const releaseLock = stayAwake();
    try {
      this.story = await this.#uploader.run(plan);
      if (this.story) dropPending(this.pending.story);
    } catch (cause) {
      await this.#handle(localized(failureOf(cause)));
    } finally {
      removeEventListener("beforeunload", warn);
      releaseLock();
    }
  }

  /** A closed upload succeeded earlier and only its response was lost; then the story is read. */
  async #handle(failure: Failure): Promise<void> {
    this.failure = failure;
    if (failure.code !== "upload.closed") return;
    try {
      this.story = await unwrap(
        api.GET("/v1/stories/{id}", { params: { path: { id: this.pending.story } }, ...bearer(this.pending.token) }),
      );
      this.failure = undefined;
      dropPending(this.pending.story);
    } catch (cause) {
      this.failure = failureOf(cause);
    }
  }

  pause(): void {
    this.#uploader.pause();
  }
}

/** The uploader's own errors, which are English, in the visitor's language. */
const localized = (failure: Failure): Failure =>
  ["network", "storage.refused"].includes(failure.code)
    ? failed({ ...failure, detail: text.sending.refused })
    : failure;

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
