import { type Failure, failureOf } from "./client";

/** State of one user action: running, succeeded with a message, or failed. */
export class ActionState {
  busy = $state(false);
  message = $state("");
  failure = $state.raw<Failure>();

  /** Runs a call; returns whether it succeeded. */
  async run(call: () => Promise<unknown>, message = ""): Promise<boolean> {
    this.busy = true;
    this.failure = undefined;
    this.message = "";
    try {
      await call();
      this.message = message;
      return true;
    } catch (cause) {
      this.failure = failureOf(cause);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
