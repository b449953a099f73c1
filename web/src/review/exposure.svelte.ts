// How many stories a moderator has decided today, and how long without a break.
// Stored in this browser only and never sent.
import { recall, remember } from "../browser/local";

const breakAfter = 50 * 60_000; // milliseconds
const breakLength = 5 * 60_000; // milliseconds without a decision that count as a break

interface Stored {
  day: string;
  watched: number;
}

export class Exposure {
  watched = $state(0);
  #since = 0;
  #last = 0;
  due = $state(false);

  constructor() {
    const stored = recall<Stored>("exposure");
    if (stored?.day === today()) this.watched = stored.watched;
  }

  /** Counts one decided story. */
  count(now = Date.now()): void {
    if (now - this.#last > breakLength) this.#since = now;
    this.#last = now;
    this.due = now - this.#since > breakAfter;
    this.watched++;
    remember("exposure", { day: today(), watched: this.watched } satisfies Stored);
  }

  dismiss(): void {
    this.due = false;
    this.#since = Date.now();
  }
}

const today = () => new Date().toDateString();
