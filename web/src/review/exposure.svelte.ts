// How much one person has watched today, and for how long without a pause:
// theirs to know, kept in this browser and errorText to nobody.
import { recall, remember } from "../browser/local";

const breakAfter = 50 * 60_000;
const pauseIs = 5 * 60_000; // so long without a decision is a break

interface Kept {
  day: string;
  watched: number;
}

export class Exposure {
  watched = $state(0);
  #since = 0;
  #last = 0;
  due = $state(false);

  constructor() {
    const kept = recall<Kept>("exposure");
    if (kept?.day === today()) this.watched = kept.watched;
  }

  /** One more story was decided. */
  count(now = Date.now()): void {
    if (now - this.#last > pauseIs) this.#since = now;
    this.#last = now;
    this.due = now - this.#since > breakAfter;
    this.watched++;
    remember("exposure", { day: today(), watched: this.watched } satisfies Kept);
  }

  dismiss(): void {
    this.due = false;
    this.#since = Date.now();
  }
}

const today = () => new Date().toDateString();
