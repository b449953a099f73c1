import type { components } from "./api.js";

export type Problem = components["schemas"]["Problem"];

/**
 * A failed call. `message` is the problem's detail: what is wrong and what to do, in English.
 *
 * Codes that are not the service's own: `network` (nothing answered), `http` (an answer that is no problem of the
 * service, such as a proxy's), `storage.refused` (storage does not take the file).
 */
export class StoryreelError extends Error {
  /** Stable; what programs should look at. Every service lists its codes at /docs/errors. */
  declare readonly code: string;
  /** Of the HTTP answer; 0: there was none. */
  declare readonly status: number;
  /** Names this occurrence in the service's log; empty: the service did not answer. */
  declare readonly instance: string;
  /** What a program needs to react, by code. */
  declare readonly facts: Record<string, unknown>;
  /** Seconds after which another try is welcome; 0: the service did not state any. */
  declare readonly retryAfter: number;
  /** Whether the same call may succeed later. */
  declare readonly retryable: boolean;

  constructor({ detail, code = "http", status = 0, instance = "", facts = {} }: Partial<Problem>, retryAfter = 0) {
    super(detail);
    const retryable = code === "network" || status === 429 || status >= 500;
    Object.assign(this, { code, status, instance, facts, retryAfter, retryable });
  }

  /** What is wrong and what to do, for a person; the same as `message`. */
  get detail(): string {
    return this.message;
  }
}

/** The outcome of a call of openapi-fetch. */
export interface Result<T> {
  data?: T;
  /** A problem of the service, or any body of a proxy. */
  error?: Partial<Problem> | string;
  response: Response;
}

/** A problem as an error, with a sentence of our own where it has none. */
export function asError(problem: Partial<Problem>, retryAfter?: number): StoryreelError {
  const { code, status, detail } = problem;
  const own = code === "network" ? "The service did not answer." : `The answer had status ${status}.`;
  return new StoryreelError({ ...problem, detail: detail || own }, retryAfter);
}

/** The body of a successful call; anything else is thrown as `as` makes it an error. What aborts the call passes. */
export async function unwrap<T>(
  call: Promise<Result<T>>,
  as: (problem: Partial<Problem>, retryAfter?: number) => StoryreelError,
): Promise<NonNullable<T>> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw cause instanceof DOMException ? cause : as({ code: "network" });
  });
  if (response.ok) return data as NonNullable<T>;
  const { status, headers } = response; // Retry-After is a number; as a date, which the service never sends, it is 0
  throw as((error as Problem)?.detail ? (error as Problem) : { status }, Number(headers.get("Retry-After")) || 0);
}
