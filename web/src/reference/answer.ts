// Sends a request and reads its answer, as much of it as a page can show.
import { readable } from "./operation";

/** Bytes that are read at most; of a longer answer the rest is left. */
export const readLimit = 5_000_000;
/** Characters that are drawn at most. */
export const drawLimit = 200_000;

export interface Answer {
  status: number;
  phrase: string;
  /** Until the last byte that was read. */
  ms: number;
  /** Those that the browser shows to scripts. */
  headers: [string, string][];
  /** Bytes that were read, after decompression. */
  size: number;
  /** There is more than `readLimit`. */
  cut: boolean;
  /** Indented if it is JSON; undefined: not text. May be longer than `drawLimit`. */
  text: string | undefined;
  /** The error's documentation on this site, and its code. */
  problem: { href: string; code: string } | undefined;
}

/** Sends the request; rejects as fetch does when there is no answer, and when the request's signal aborts. */
export async function send(address: string, init: RequestInit, phrases: Record<string, string>): Promise<Answer> {
  const began = performance.now();
  const response = await fetch(address, init);
  const { bytes, cut } = await read(response);
  const ms = Math.round(performance.now() - began);
  const type = response.headers.get("Content-Type") ?? "";
  const raw = readable(type) || !bytes.length ? new TextDecoder().decode(bytes) : undefined;
  const parsed = raw && !cut && /\bjson\b/.test(type) && !/ndjson/.test(type) ? parse(raw) : undefined;
  return {
    status: response.status,
    phrase: response.statusText || phrases[response.status] || "",
    ms,
    headers: [...response.headers],
    size: bytes.length,
    cut,
    text: parsed === undefined ? raw : JSON.stringify(parsed, null, 2),
    problem: /problem\+json/.test(type) ? problemOf(parsed) : undefined,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // shown as it came
  }
}

async function read(response: Response): Promise<{ bytes: Uint8Array; cut: boolean }> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  let cut = false;
  while (reader && !cut) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
    cut = size > readLimit;
  }
  if (cut) await reader?.cancel();
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes: bytes.subarray(0, readLimit), cut };
}

function problemOf(body: unknown): Answer["problem"] {
  const { type, code } = (body ?? {}) as { type?: unknown; code?: unknown };
  if (typeof type !== "string" || typeof code !== "string") return undefined;
  const target = new URL(type, location.origin);
  return target.origin === location.origin ? { href: target.pathname + target.hash, code } : undefined;
}
