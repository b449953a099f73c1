import { clock } from "../lib/format";
import { recall, remember } from "../lib/local";

const shortest = 0.5; // seconds

/** From where to where a story would be used; kept per person, until it is put into an ad's note. */
export class Cut {
  from = $state(0);
  to = $state(0);
  readonly length: number;
  #key: string;

  constructor(story: string, length: number) {
    this.length = length;
    this.#key = `cut.${story}`;
    const kept = recall<[number, number]>(this.#key);
    [this.from, this.to] = kept ?? [0, length];
  }

  get whole(): boolean {
    return this.from === 0 && this.to === this.length;
  }

  get words(): string {
    return `${clock(this.from, true)}–${clock(this.to, true)}`;
  }

  #keep(): void {
    remember(this.#key, this.whole ? undefined : [this.from, this.to]);
  }

  setFrom(seconds: number): void {
    this.from = Math.max(0, Math.min(seconds, this.to - shortest));
    this.#keep();
  }

  setTo(seconds: number): void {
    this.to = Math.min(this.length, Math.max(seconds, this.from + shortest));
    this.#keep();
  }

  reset(): void {
    [this.from, this.to] = [0, this.length];
    this.#keep();
  }
}
