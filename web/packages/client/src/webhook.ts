// Signatures of webhooks by https://www.standardwebhooks.com: HMAC-SHA-256 over id, time and body.
import type { operations } from "./api.js";

/** What the service sends; fields of `data` by type are described under `webhooks` of the OpenAPI document. */
export type WebhookEvent = operations["webhook-event"]["requestBody"]["content"]["application/json"];

const keyPrefix = "whsec_";
const scheme = "v1,";

/** A webhook that is not what the service sent; nothing in it may be believed. */
export class WebhookError extends Error {
  /**
   * `headers`: one is missing or malformed. `timestamp`: it is too old, or from the future. `signature`: no signature
   * fits. `secret`: yours is not one. `body`: it is signed and not JSON.
   */
  readonly code: "headers" | "timestamp" | "signature" | "secret" | "body";

  constructor(code: WebhookError["code"], message: string) {
    super(message);
    this.name = "WebhookError";
    this.code = code;
  }
}

export interface WebhookOptions {
  /** Seconds by which the sender's clock may differ, and an honest delivery be late; by default 300. */
  tolerance?: number;
  /** The present time; by default this machine's. */
  now?: Date;
}

/** Headers of a request: those of fetch, or of Node's `request.headers`. */
export type WebhookHeaders = Headers | Record<string, string | string[] | undefined>;

function header(headers: WebhookHeaders, name: string): string {
  if (headers instanceof Headers) return headers.get(name) ?? "";
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return (Array.isArray(found) ? found.join(" ") : found) ?? "";
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const key = secret.startsWith(keyPrefix) ? bytesOf(secret.slice(keyPrefix.length)) : undefined;
  if (!key?.length) throw new WebhookError("secret", `a webhook's secret is ${keyPrefix} and base64`);
  return crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

/**
 * Checks that the service has sent a webhook, within the last minutes, and returns its body as parsed from JSON.
 * Rejects with a WebhookError otherwise.
 *
 * `payload` is the body as it arrived: text or bytes, not parsed. While a secret is replaced, give both. The header
 * `webhook-id` is the same for each delivery of one event; remember it to act once.
 */
export async function verifyWebhook<T = WebhookEvent>(
  payload: string | Uint8Array,
  headers: WebhookHeaders,
  secret: string | readonly string[],
  { tolerance = 300, now = new Date() }: WebhookOptions = {},
): Promise<T> {
  const [id, time, signatures] = ["id", "timestamp", "signature"].map((name) => header(headers, `webhook-${name}`));
  if (!id || !signatures || !/^\d{1,12}$/.test(time ?? ""))
    throw new WebhookError("headers", "webhook-id, webhook-timestamp or webhook-signature is missing or malformed");
  if (Math.abs(now.getTime() / 1000 - Number(time)) > tolerance)
    throw new WebhookError("timestamp", `the webhook's time differs by more than ${tolerance} seconds`);

  const body = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const head = new TextEncoder().encode(`${id}.${time}.`);
  const signed = new Uint8Array(head.length + body.length);
  signed.set(head);
  signed.set(body, head.length);
  for (const one of [secret].flat()) {
    const key = await keyOf(one);
    for (const signature of signatures.split(" ").filter((s) => s.startsWith(scheme))) {
      const mac = bytesOf(signature.slice(scheme.length));
      // The comparison takes the same time for every signature.
      if (mac && (await crypto.subtle.verify("HMAC", key, mac, signed))) return parsed<T>(body);
    }
  }
  throw new WebhookError("signature", "no signature of the webhook fits the secret");
}

function parsed<T>(body: Uint8Array): T {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as T;
  } catch {
    throw new WebhookError("body", "the webhook's body is not JSON");
  }
}
