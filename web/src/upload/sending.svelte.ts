// The way of one file into one story: begin or resume, send, complete.
import { api, ask, bearer, type Failure, failureOf, type Story, type UploadPlan } from "../lib/client";
import { stayAwake } from "../browser/awake";
import { addPending, dropPending, type Pending } from "./pending";
import { type Progress, Uploader } from "./uploader";

export class Sending {
  progress = $state.raw<Progress>();
  failure = $state.raw<Failure>();
  story = $state.raw<Story>(); // set once storage has everything
  readonly pending: Pending;
  #uploader: Uploader;

  constructor(file: Blob, pending: Pending) {
    this.pending = pending;
    this.#uploader = new Uploader(file, pending.story, pending.token, (p) => (this.progress = p));
    addPending(pending);
  }

  get paused(): boolean {
    return this.progress?.phase === "paused";
  }

  async run(plan?: UploadPlan): Promise<void> {
    this.failure = undefined;
    addEventListener("beforeunload", warn);
    const sleep = stayAwake();
    try {
      this.story = await this.#uploader.run(plan);
      if (this.story) dropPending(this.pending.story);
    } catch (cause) {
      await this.#explain(failureOf(cause));
    } finally {
      removeEventListener("beforeunload", warn);
      sleep();
    }
  }

  /** An upload that is over arrived earlier, and only the answer was lost: then the story says how it stands. */
  async #explain(failure: Failure): Promise<void> {
    this.failure = failure;
    if (failure.code !== "upload.closed") return;
    try {
      this.story = await ask(
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

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
