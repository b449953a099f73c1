import type { Playback } from "./playback.svelte";
import type { Queue } from "./queue.svelte";

const rest = 350; // milliseconds; a double press takes less

/**
 * The decision being made on the current story: its note, and whether a reason is being chosen.
 * Nothing is decided right after the story changed, nor before its first frame was shown.
 */
export class Decision {
  note = $state("");
  /** To the contributor, with a rejection. */
  message = $state("");
  /** Which decision waits for its reason, or its kind. */
  choosing = $state<"reject" | "escalate">();
  #queue: Queue;
  #story = $state("");
  #playback = $state.raw<Playback>();
  #rested = $state(false);
  #timer = 0;

  constructor(queue: Queue) {
    this.#queue = queue;
  }

  /** Starts over with another story. */
  begin(story: string, playback: Playback | undefined): void {
    clearTimeout(this.#timer);
    this.note = this.message = "";
    this.choosing = undefined;
    this.#rested = false;
    this.#story = story;
    this.#playback = playback;
    this.#timer = window.setTimeout(() => (this.#rested = true), rest);
  }

  /** Whether a decision would be taken now; a video that cannot be shown may be approved by nobody. */
  ready(action: "approve" | "reject" | "escalate" = "approve"): boolean {
    const frame = this.#playback?.frame;
    const seen = frame === "shown" || (frame === "failed" && action !== "approve");
    return this.#rested && seen && this.#story === this.#queue.current?.id;
  }

  approve(): void {
    this.#decide("approve");
  }

  /** Starts or stops choosing the reason of a rejection, or the kind of an escalation. */
  choose(action: "reject" | "escalate"): void {
    this.choosing = this.choosing !== action && this.#queue.current ? action : undefined;
  }

  /** Takes the decision that waits for a reason. */
  because(code: string): void {
    if (this.choosing) this.#decide(this.choosing, code);
  }

  #decide(action: "approve" | "reject" | "escalate", reason?: string): void {
    if (!this.ready(action)) return;
    const note = this.note.trim() || undefined;
    const message = (action === "reject" && this.message.trim()) || undefined;
    this.#queue.decide({ action, reason, note, message, ...(!this.#playback?.watched && { unplayed: true }) });
    this.note = this.message = "";
    this.choosing = undefined;
  }
}
