// The three steps of the form on phones: video, song and name, release. Wide
// windows show all of them at once.
import { Layer } from "../browser/layers";
import { origin } from "../lib/client";

export const lastStep = 3;

/**
 * The step that is shown. Each has an entry in the history, so that Back goes to the step before it; the first has one
 * while a video is chosen, so that Back does not leave with it unasked. Pages around an embedded form have a history of
 * their own, which is left alone.
 */
export class Steps {
  now = $state(1);
  /** True after a Back that would have lost the chosen video; the next one leaves. */
  warned = $state(false);
  #trail: Layer[] = [];
  readonly #own = location.origin === origin;

  go(step: number, holds: boolean): void {
    this.now = step;
    this.warned = false;
    this.#cut(holds || step > 1 ? step : 0);
  }

  /** After sending, Back leaves as usual. */
  end(): void {
    this.#cut(0);
    this.now = 1;
    this.warned = false;
  }

  #cut(length: number): void {
    if (!this.#own) return;
    while (this.#trail.length > length) this.#trail.pop()!.end();
    while (this.#trail.length < length) {
      const at = this.#trail.length;
      const layer = new Layer(() => {
        this.#trail.length = at;
        this.now = Math.max(1, at);
        this.warned = at === 0;
      });
      this.#trail.push(layer);
      layer.show(location.pathname + location.search);
    }
  }
}
