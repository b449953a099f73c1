// Downloads the sources of several stories as one ZIP file, written while it arrives. The files come from storage; the
// service only names them.
import { makeZip } from "client-zip";
import { api, type DownloadItem, type Failure, failed, failureOf, unwrap } from "../lib/client";

/** The most that is kept in memory, in bytes, where the browser cannot write to a file as it goes. */
export const maxInMemory = 1_500_000_000;
/** How often a file is taken up again by itself before somebody is asked. */
const tries = 3;

export type ZipState = "listing" | "ready" | "running" | "stuck" | "done" | "failed" | "cancelled";

interface Picker {
  showSaveFilePicker?: (options: object) => Promise<FileSystemFileHandle>;
}

export class ZipDownload {
  readonly #campaign: string;
  readonly #ids: readonly string[];
  readonly #picker: Picker["showSaveFilePicker"];
  state = $state<ZipState>("listing");
  files = $state.raw<DownloadItem[]>([]);
  /** Stories whose file cannot be had. */
  refused = $state.raw<DownloadItem[]>([]);
  failure = $state.raw<Failure>();
  received = $state(0);
  /** The name of the file that is being written. */
  current = $state("");
  #abort = new AbortController();
  /** Continues a download that is stuck: true tries again, false leaves the file out. */
  #decide?: (again: boolean) => void;
  /** Whether the file that is stuck can be left out: nothing of it is written. */
  skippable = $state(false);

  constructor(campaign: string, ids: readonly string[], picker = (window as Picker).showSaveFilePicker) {
    this.#campaign = campaign;
    this.#ids = ids;
    this.#picker = picker?.bind(window);
  }

  get total(): number {
    return this.files.reduce((sum, f) => sum + (f.bytes ?? 0), 0);
  }

  /** Whether the files fit into what this browser can do. */
  get fits(): boolean {
    return Boolean(this.#picker) || this.total <= maxInMemory;
  }

  /** Asks the service for the files. */
  async list(): Promise<void> {
    this.state = "listing";
    this.failure = undefined;
    try {
      const items = await this.#names(this.#ids);
      this.files = items.filter((f) => f.url);
      this.refused = items.filter((f) => !f.url);
      this.state = "ready";
    } catch (cause) {
      this.failure = failureOf(cause);
      this.state = "failed";
    }
  }

  async #names(ids: readonly string[]): Promise<DownloadItem[]> {
    const params = { path: { campaign: this.#campaign }, query: { id: [...ids] } };
    return (await unwrap(api.GET("/v1/campaigns/{campaign}/downloads", { params }))).items ?? [];
  }

  /** Writes the ZIP file. Must be called by a press: the browser asks where to put it. */
  async start(): Promise<void> {
    const name = `${this.#campaign}-${new Date().toISOString().slice(0, 10)}.zip`;
    let file: FileSystemWritableFileStream | undefined;
    try {
      const handle = await this.#picker?.({
        suggestedName: name,
        types: [{ accept: { "application/zip": [".zip"] } }],
      });
      file = await handle?.createWritable();
    } catch (cause) {
      if (!(cause instanceof DOMException && cause.name === "AbortError")) this.#fail(cause);
      return; // nobody chose a place
    }
    this.#abort = new AbortController();
    this.state = "running";
    this.failure = undefined;
    this.received = 0;
    const zip = makeZip(this.#entries(), { buffersAreUTF8: true });
    try {
      if (file) await zip.pipeTo(file, { signal: this.#abort.signal });
      else offer(await new Response(zip).blob(), name);
      this.#abort.signal.throwIfAborted();
      this.state = "done";
    } catch (cause) {
      if (this.#abort.signal.aborted) this.state = "cancelled";
      else this.#fail(cause);
    }
  }

  #fail(cause: unknown): void {
    this.failure = failureOf(cause);
    this.state = "failed";
  }

  cancel(): void {
    this.#abort.abort();
    this.#decide?.(false);
  }

  /** Tries the file that is stuck again, from where it stopped. */
  retry(): void {
    this.#decide?.(true);
  }

  skip(): void {
    this.#decide?.(false);
  }

  async *#entries() {
    for (const file of this.files) {
      this.#abort.signal.throwIfAborted();
      const first = await this.#open(file, 0);
      if (!first) continue; // left out
      this.current = file.name ?? "";
      yield { name: file.name ?? file.id, lastModified: new Date(), input: this.#body(file, first) };
    }
  }

  /** The bytes of a file, over as many connections as it takes. */
  #body(file: DownloadItem, first: Response): ReadableStream<Uint8Array> {
    let reader = first.body!.getReader();
    let at = 0;
    return new ReadableStream<Uint8Array>({
      pull: async (out) => {
        for (;;) {
          try {
            const { done, value } = await reader.read();
            if (done && at < (file.bytes ?? 0)) throw new TypeError("the file ended early");
            if (done) return out.close();
            at += value.byteLength;
            this.received += value.byteLength;
            return out.enqueue(value);
          } catch {
            const again = await this.#open(file, at);
            if (!again) return out.error(new DOMException("cancelled", "AbortError"));
            reader = again.body!.getReader();
          }
        }
      },
      cancel: (reason) => reader.cancel(reason),
    });
  }

  /** Requests a file from a byte on; undefined: it is left out. Asks somebody when it fails repeatedly. */
  async #open(file: DownloadItem, from: number): Promise<Response | undefined> {
    let url = file.url ?? "";
    for (let n = 1; ; n++) {
      this.#abort.signal.throwIfAborted();
      try {
        const answer = await fetch(url, {
          credentials: "omit",
          signal: this.#abort.signal,
          ...(from && { headers: { Range: `bytes=${from}-` } }),
        });
        if (answer.ok && answer.body && (!from || answer.status === 206)) return answer;
        throw failed({ code: "http", status: answer.status, detail: `${file.name}: ${answer.status}` });
      } catch (cause) {
        this.#abort.signal.throwIfAborted();
        if (n % tries) continue;
        if (!(await this.#ask(file, from, cause))) return undefined;
        url = (await this.#names([file.id]).catch(() => []))[0]?.url ?? url; // links end
      }
    }
  }

  async #ask(file: DownloadItem, from: number, cause: unknown): Promise<boolean> {
    this.failure = cause instanceof TypeError ? failed({ code: "network" }) : failureOf(cause);
    this.current = file.name ?? "";
    this.skippable = !from;
    this.state = "stuck";
    const again = await new Promise<boolean>((decide) => (this.#decide = decide));
    this.#abort.signal.throwIfAborted();
    this.failure = undefined;
    this.state = "running";
    if (!again) {
      this.refused = [...this.refused, file];
      this.files = this.files.filter((f) => f !== file);
    }
    return again;
  }
}

/** Saves a finished file as the browser saves downloads. */
function offer(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
