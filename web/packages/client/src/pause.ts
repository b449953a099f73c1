// Waiting: for a time, for a network, before another try.
import type { StoryreelError } from "./error.js";

const maxRetries = 12;
const longestAsked = 3600; // seconds of a Retry-After that are waited

/** Whether the browser reports that there is no network; never outside browsers. */
export const isOffline = (): boolean => globalThis.navigator?.onLine === false;

/** Resolves when there is a network, at once if there is one; rejects on abort. */
export function untilOnline(signal: AbortSignal): Promise<void> {
  if (!isOffline()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const done = () => {
      signal.removeEventListener("abort", stop);
      resolve();
    };
    const stop = () => {
      removeEventListener("online", done);
      reject(signal.reason);
    };
    addEventListener("online", done, { once: true });
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** Resolves after so many milliseconds; rejects on abort. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** Milliseconds before retry `attempt`: exponential up to 30 s, with jitter. `atLeast` is in seconds, up to an hour. */
export function backoff(attempt: number, atLeast = 0): number {
  const pause = Math.min(30_000, 500 * 2 ** attempt);
  return Math.max(Math.min(atLeast, longestAsked) * 1000, pause / 2 + Math.random() * (pause / 2));
}

/**
 * Retries what may succeed later, with growing pauses; waiting for a network is not counted as a retry. Every wait
 * passes through `during`. An error that asks for more than `patience` seconds is thrown at once.
 */
export async function retry<T>(
  act: () => Promise<T>,
  signal: AbortSignal,
  during: (wait: Promise<void>) => Promise<void>,
  patience = Infinity,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    if (isOffline()) {
      await during(untilOnline(signal));
      attempt = 0;
    }
    try {
      return await act();
    } catch (cause) {
      signal.throwIfAborted();
      const { retryable, retryAfter } = cause as StoryreelError;
      if (!retryable || retryAfter > patience || (attempt >= maxRetries && !isOffline())) throw cause;
      await during(isOffline() ? untilOnline(signal) : sleep(backoff(attempt, retryAfter), signal));
    }
  }
}
