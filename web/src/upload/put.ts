import { Failure, type SignedRequest } from "../lib/client";
import { text } from "../text";

const stallAfter = 20_000; // milliseconds without progress after which the connection counts as dead

/** A PUT that storage refused, or that was lost (status 0). */
export class PutError extends Error {
  constructor(
    readonly status: number,
    readonly retryAfter: number,
  ) {
    super(`storage answered ${status}`);
  }
  get retryable(): boolean {
    // S3 answers 409 while a lost attempt of the same PUT has not ended.
    return this.status === 0 || [403, 408, 409, 429].includes(this.status) || this.status >= 500;
  }
}

/** Headers that scripts may not set; the browser sets both itself. */
const forbidden = new Set(["host", "content-length"]);

/** Sends one presigned request. XMLHttpRequest, because fetch does not report upload progress. */
export function put(
  request: SignedRequest,
  body: Blob,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    let stall = 0;
    const end = (settle: () => void) => {
      clearTimeout(stall);
      signal.removeEventListener("abort", stop);
      settle();
    };
    const lost = () => end(() => reject(new PutError(0, 0)));
    const watch = () => {
      clearTimeout(stall);
      stall = window.setTimeout(() => {
        xhr.abort();
        lost();
      }, stallAfter);
    };
    const stop = () => {
      xhr.abort();
      end(() => reject(signal.reason));
    };
    xhr.open(request.method, request.url);
    for (const [name, value] of Object.entries(request.headers))
      if (!forbidden.has(name.toLowerCase())) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = (e) => {
      sent(e.loaded);
      watch();
    };
    xhr.onerror = lost;
    xhr.onload = () =>
      end(() => {
        // 412: a PUT never overwrites, so an earlier attempt arrived and its response was lost.
        if ((xhr.status >= 200 && xhr.status < 300) || xhr.status === 412) return resolve();
        const error = new PutError(xhr.status, Number(xhr.getResponseHeader("Retry-After")) || 0);
        reject(
          error.retryable
            ? error
            : new Failure({ code: "storage.refused", status: xhr.status, detail: text.failure.storage }),
        );
      });
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    watch();
    xhr.send(body);
  });
}
