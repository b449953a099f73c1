// The way of one file into one story: begin or resume, send, complete.
import { type Failure, failureOf, type Story, type UploadPlan } from "../lib/client";
import { addPending, dropPending, type Pending } from "./pending";
import { type Progress, Uploader } from "./uploader";

export class Sending {
  progress = $state.raw<Progress>();
  failure = $state.raw<Failure>();
  story = $state.raw<Story>(); // set once storage has everything
  readonly pending: Pending;
  #uploader: Uploader;
  #awake: WakeLockSentinel | undefined;

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
    await this.#stayAwake();
    try {
      this.story = await this.#uploader.run(plan);
      if (this.story) dropPending(this.pending.story);
    } catch (cause) {
      this.failure = failureOf(cause);
      if (this.failure.code === "upload.closed") dropPending(this.pending.story);
    } finally {
      removeEventListener("beforeunload", warn);
      await this.#awake?.release().catch(() => undefined);
    }
  }

  pause(): void {
    this.#uploader.pause();
  }

  /** A phone that sleeps stops sending. */
  async #stayAwake(): Promise<void> {
    this.#awake = await navigator.wakeLock?.request("screen").catch(() => undefined); // refused on low battery
  }
}

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
