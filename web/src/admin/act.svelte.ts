import { type Failure, failureOf } from "../lib/client";

/** One thing a person asked for: under way, done, or failed. */
export class Act {
  busy = $state(false);
  said = $state("");
  failure = $state.raw<Failure>();

  async run(act: () => Promise<unknown>, said = ""): Promise<boolean> {
    this.busy = true;
    this.failure = undefined;
    this.said = "";
    try {
      await act();
      this.said = said;
      return true;
    } catch (cause) {
      this.failure = failureOf(cause);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
