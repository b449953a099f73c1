import type { Queue } from "./queue.svelte";

/** The decision being made on the current story: its note, and whether a reason is being chosen. */
export class Decision {
  note = $state("");
  rejecting = $state(false);
  #queue: Queue;

  constructor(queue: Queue) {
    this.#queue = queue;
  }

  approve(): void {
    this.#decide("approve");
  }

  escalate(): void {
    this.#decide("escalate");
  }

  /** Without a reason, starts or stops choosing one. */
  reject(reason?: string): void {
    if (reason) this.#decide("reject", reason);
    else this.rejecting = !this.rejecting && Boolean(this.#queue.current);
  }

  #decide(action: "approve" | "reject" | "escalate", reason?: string): void {
    this.#queue.decide(action, reason, this.note.trim() || undefined);
    this.reset();
  }

  reset(): void {
    this.note = "";
    this.rejecting = false;
  }
}
