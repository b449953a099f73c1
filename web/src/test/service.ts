// A service and a storage for the uploader: as much of them as it can see,
// with the faults that a test wants.
import { vi } from "vitest";
import type { SignedRequest, UploadPlan } from "../lib/client";
import { network } from "./network";

/** What storage does to one PUT: a status, or what a network does. */
export type Fate = number | { status: number; retryAfter: number } | "lost" | "stalls";

export class FakeService {
  readonly received = new Map<number, number>();
  readonly signed: number[][] = [];
  /** Every PUT that reached storage, in order. */
  readonly puts: number[] = [];
  completed = 0;
  /** Of PUTs under way at the same time. */
  most = 0;
  #now = 0;
  #fates = new Map<number, Fate[]>();

  constructor(
    readonly bytes: number,
    readonly partSize: number,
  ) {}

  get parts(): number {
    return Math.ceil(this.bytes / this.partSize);
  }

  /** What happens to a part's next PUTs, before storage takes it. */
  fate(part: number, ...fates: Fate[]): void {
    this.#fates.set(part, fates);
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

  #answer(path: string, body: string): unknown {
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

  install(): void {
    network.answer = async (request) => {
      const answer = this.#answer(new URL(request.url).pathname, await request.text());
      return new Response(JSON.stringify(answer), { status: 200, headers: { "Content-Type": "application/json" } });
    };
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
        service.#now--;
      }
      send(body: Blob) {
        service.puts.push(this.#part);
        service.most = Math.max(service.most, ++service.#now);
        const fate = service.#fates.get(this.#part)?.shift() ?? 200;
        this.upload.onprogress?.({ loaded: body.size / 2 });
        if (fate === "stalls") return;
        this.#timer = setTimeout(() => {
          service.#now--;
          if (fate === "lost") return this.onerror?.();
          this.status = typeof fate === "number" ? fate : fate.status;
          if (typeof fate === "object") this.#headers["Retry-After"] = String(fate.retryAfter);
          if (this.status < 300) service.received.set(this.#part, body.size);
          this.onload?.();
        }, 10);
      }
    }
    vi.stubGlobal("XMLHttpRequest", FakeXHR);
  }
}
