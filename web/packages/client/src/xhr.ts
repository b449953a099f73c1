import { StoryreelError } from "./error.js";
import type { SignedRequest } from "./uploader.js";

const stallAfter = 20_000; // milliseconds without progress after which the connection counts as dead

/** A PUT that got no answer. */
export const lost = (): StoryreelError =>
  new StoryreelError({ code: "network", detail: "The connection to storage was lost." });

/** What an answer of storage to a PUT means: nothing if storage has the bytes, else an error. */
export function refusal(status: number, retryAfter: string | null): StoryreelError | undefined {
  // 412: a PUT never overwrites, so an earlier attempt arrived and its response was lost.
  if ((status >= 200 && status < 300) || status === 412) return;
  // 403: the signature expired. S3 answers 409 while a lost attempt of the same PUT has not ended.
  const retryable = [403, 408, 409, 429].includes(status) || status >= 500;
  const code = retryable ? "network" : "storage.refused";
  return new StoryreelError({ code, status, detail: `Storage answered ${status}.` }, Number(retryAfter) || 0);
}

/** Headers that scripts may not set; the browser sets both itself. */
const forbidden = new Set(["host", "content-length"]);

/** The put of browsers. XMLHttpRequest, because fetch does not report upload progress. */
export function putByXHR(
  request: SignedRequest,
  body: Blob,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    let stall: ReturnType<typeof setTimeout> | undefined;
    const end = (settle: () => void) => {
      clearTimeout(stall);
      signal.removeEventListener("abort", stop);
      settle();
    };
    const fail = () => end(() => reject(lost()));
    const watch = () => {
      clearTimeout(stall);
      stall = setTimeout(() => {
        xhr.abort();
        fail();
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
    xhr.onerror = fail;
    xhr.onload = () =>
      end(() => {
        const error = refusal(xhr.status, xhr.getResponseHeader("Retry-After"));
        if (error) reject(error);
        else resolve();
      });
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    watch();
    xhr.send(body);
  });
}
