// A fake of the service and its storage for the uploader, with injectable faults.
import createClient from "openapi-fetch";
import { vi } from "vitest";
import type { paths } from "../src/api";
import { asError, unwrap } from "../src/error";
import type { Service, SignedRequest, UploadPlan } from "../src/uploader";

/** What happens to one PUT: a status, or a network fault. */
export type Outcome = number | { status: number; retryAfter: number } | "lost" | "stalls";

export class FakeService {
  readonly received = new Map<number, number>();
  readonly signed: number[][] = [];
  /** Part numbers of all PUTs that reached storage, in order. */
  readonly puts: number[] = [];
  completed = 0;
  /** Requests to begin a story. */
  readonly begun: { key: string | null; body: unknown }[] = [];
  /** How many more answers to them are lost. */
  loseBegins = 0;
  /** The state of a story whose upload is over. */
  closed: string | undefined;
  /** The bodies of PUTs that storage has. */
  readonly bodies = new Map<number, Blob>();
  /** Highest number of concurrent PUTs. */
  maxConcurrent = 0;
  #active = 0;
  #outcomes = new Map<number, Outcome[]>();

  constructor(
    readonly bytes: number,
    readonly partSize: number,
  ) {}

  get parts(): number {
    return Math.ceil(this.bytes / this.partSize);
  }

  /** Outcomes of a part's next PUTs, before one succeeds. */
  outcome(part: number, ...outcomes: Outcome[]): void {
    this.#outcomes.set(part, outcomes);
  }

  plan(...sign: number[]): UploadPlan {
    return {
      bytes: this.bytes,
      part_size: this.partSize,
      part_count: this.parts,
      expires_at: "2026-01-01T00:00:00Z",
      resumable: true,
      received: [...this.received].map(([number, bytes]) => ({ number, bytes })),
      requests: sign.map((n) => this.#request(n)),
    } as UploadPlan;
  }

  #request = (part: number): SignedRequest =>
    ({
      part,
      method: "PUT",
      url: `https://storage.test/part/${part}/${this.signed.length}`,
      headers: { "x-part": String(part), Host: "storage.test" },
      expires_at: "2026-01-01T00:00:00Z",
    }) as SignedRequest;

  #answer(path: string, body: string, headers: Headers): unknown {
    if (path.endsWith("/v1/campaigns/songs/stories")) {
      this.begun.push({ key: headers.get("Idempotency-Key"), body: JSON.parse(body) });
      if (this.loseBegins-- > 0) throw new TypeError("connection reset");
      return { story: { id: "story" }, token: "token", upload: this.plan() };
    }
    if (path.endsWith("/v1/stories/story")) return { id: "story", state: this.closed };
    if (path.endsWith("/upload/parts")) {
      const { parts } = JSON.parse(body) as { parts: number[] };
      this.signed.push(parts);
      return { requests: parts.map(this.#request) };
    }
    if (path.endsWith("/upload/complete")) {
      this.completed++;
      return { id: "story", state: "uploaded" };
    }
    return this.plan();
  }

  /** The fetch of a client that calls this service. */
  fetch = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const over = this.closed && pathname.includes("/upload/");
    const answer = over
      ? { code: "upload.closed", status: 409, detail: "Its upload is over." }
      : this.#answer(pathname, await request.text(), request.headers);
    return new Response(JSON.stringify(answer), {
      status: over ? 409 : 200,
      headers: { "Content-Type": "application/json" },
    });
  };

  get service(): Service {
    const api = createClient<paths>({ baseUrl: "https://stories.test", fetch: this.fetch });
    return { api, unwrap: (call) => unwrap(call, asError) };
  }

  /** Puts storage behind XMLHttpRequest. */
  install(): void {
    const service = this;
    class FakeXHR {
      upload: { onprogress?: (e: { loaded: number }) => void } = {};
      status = 0;
      onload?: () => void;
      onerror?: () => void;
      #part = 0;
      #headers: Record<string, string> = {};
      #timer: ReturnType<typeof setTimeout> | undefined;
      open(_: string, url: string) {
        this.#part = Number(url.split("/")[4]);
      }
      setRequestHeader(name: string) {
        if (name === "Host") throw new Error("scripts may not set Host");
      }
      getResponseHeader = (name: string) => this.#headers[name] ?? null;
      abort() {
        clearTimeout(this.#timer);
        service.#active--;
      }
      send(body: Blob) {
        service.puts.push(this.#part);
        service.maxConcurrent = Math.max(service.maxConcurrent, ++service.#active);
        const outcome = service.#outcomes.get(this.#part)?.shift() ?? 200;
        this.upload.onprogress?.({ loaded: body.size / 2 });
        if (outcome === "stalls") return;
        this.#timer = setTimeout(() => {
          service.#active--;
          if (outcome === "lost") return this.onerror?.();
          this.status = typeof outcome === "number" ? outcome : outcome.status;
          if (typeof outcome === "object") this.#headers["Retry-After"] = String(outcome.retryAfter);
          if (this.status < 300) {
            service.received.set(this.#part, body.size);
            service.bodies.set(this.#part, body);
          }
          this.onload?.();
        }, 10);
      }
    }
    vi.stubGlobal("XMLHttpRequest", FakeXHR);
  }
}
