import type { Put } from "./uploader.js";
import { lost, refusal } from "./xhr.js";

const partTimeout = 15 * 60_000; // milliseconds for one part; fetch does not report progress that could stall

/** Headers that fetch sets itself. */
const own = new Set(["host", "content-length"]);

/** The put of runtimes without XMLHttpRequest; `sent` is called once for each part. */
export const putByFetch =
  (fetch: (request: Request) => Promise<Response>): Put =>
  async ({ method, url, headers }, body, sent, signal) => {
    const named = Object.entries(headers).filter(([name]) => !own.has(name.toLowerCase()));
    const within = AbortSignal.any([signal, AbortSignal.timeout(partTimeout)]);
    let answer: Response;
    try {
      answer = await fetch(new Request(url, { method, headers: named, body, signal: within }));
      await answer.body?.cancel(); // frees the connection
    } catch {
      signal.throwIfAborted();
      throw lost();
    }
    const error = refusal(answer.status, answer.headers.get("Retry-After"));
    if (error) throw error;
    sent(body.size);
  };
