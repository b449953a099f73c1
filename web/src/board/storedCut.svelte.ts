import { recall, remember } from "../browser/local";
import { Cut } from "../ui/cut.svelte";

/** A cut that is stored in the browser until the story is in an ad slot, which then has it for everybody. */
export class StoredCut extends Cut {
  protected key = ""; // empty while the constructor of the base class runs

  constructor(story: string, length: number, selected?: { from_ms?: number; to_ms?: number }) {
    super(length);
    this.key = `cut.${story}`;
    const range = selected
      ? [(selected.from_ms ?? 0) / 1000, selected.to_ms ? selected.to_ms / 1000 : length]
      : recall<number[]>(this.key);
    if (range) [this.from = 0, this.to = length] = range;
  }

  override setFrom(seconds: number): void {
    super.setFrom(seconds);
    this.save();
  }

  override setTo(seconds: number): void {
    super.setTo(seconds);
    this.save();
  }

  override reset(): void {
    super.reset();
    this.save();
  }

  protected save(): void {
    if (this.key) remember(this.key, this.whole ? undefined : [this.from, this.to]);
  }
}
