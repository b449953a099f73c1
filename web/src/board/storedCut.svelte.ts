import { recall, remember } from "../browser/local";
import { Cut } from "../ui/cut.svelte";

/** From where to where a story would be used: kept per person until it goes into an ad, which then holds it for all. */
export class StoredCut extends Cut {
  protected key = ""; // unset while the base class sets itself up, when nothing private of ours is there yet

  constructor(story: string, length: number, settled?: { from_ms?: number; to_ms?: number }) {
    super(length);
    this.key = `cut.${story}`;
    const kept = settled
      ? [(settled.from_ms ?? 0) / 1000, settled.to_ms ? settled.to_ms / 1000 : length]
      : recall<number[]>(this.key);
    if (kept) [this.from = 0, this.to = length] = kept;
  }

  override setFrom(seconds: number): void {
    super.setFrom(seconds);
    this.keep();
  }

  override setTo(seconds: number): void {
    super.setTo(seconds);
    this.keep();
  }

  override reset(): void {
    super.reset();
    this.keep();
  }

  protected keep(): void {
    if (this.key) remember(this.key, this.whole ? undefined : [this.from, this.to]);
  }
}
