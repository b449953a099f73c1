import type { Campaign } from "../lib/client";
import { Cut } from "../ui/cut.svelte";
import { fingerprint } from "./fingerprint";
import { checkLimits, type FileFacts, inspect, isSilent } from "./inspect";

type Limits = Campaign["limits"];

/** A file that the visitor selected, dropped or recorded. */
export interface ChosenFile {
  file: File;
  /** Recorded on this page, so a copy is stored in the browser until it is uploaded. */
  recorded: boolean;
}

/** The chosen file with its properties, the findings about it, and the part of it that is used. */
export class VideoFile {
  readonly file: File;
  /** An object URL, valid until `dispose`. */
  readonly url: string;
  readonly recorded: boolean;
  facts = $state.raw<FileFacts>();
  cut = $state.raw<Cut>();
  /** Empty until `inspect` has finished. */
  fingerprint = $state("");
  silent = $state(false);
  findings = $derived.by(() =>
    this.facts ? checkLimits(this.file, this.facts, this.#limits, this.cut?.seconds, this.silent) : [],
  );
  #limits: Limits;

  constructor({ file, recorded }: ChosenFile, limits: Limits) {
    this.file = file;
    this.recorded = recorded;
    this.url = URL.createObjectURL(file);
    this.#limits = limits;
  }

  get busy(): boolean {
    return !this.fingerprint;
  }

  /** Longer than the campaign allows, so that only a part of it can be used. */
  get tooLong(): boolean {
    return (this.facts?.duration ?? 0) * 1000 > this.#limits.max_duration_ms + 500;
  }

  /** The sentence about what keeps the file from being sent; empty if nothing does. */
  get blocked(): string {
    return this.findings.find((f) => f.blocks)?.text ?? "";
  }

  get valid(): boolean {
    return !this.busy && !this.blocked;
  }

  /** Resolves as soon as the file may be sent; whether it is silent may become known later. */
  async inspect(): Promise<void> {
    const [facts, print] = await Promise.all([inspect(this.file, this.url), fingerprint(this.file)]);
    this.facts = facts;
    const { min_duration_ms: min, max_duration_ms: max } = this.#limits;
    if (facts.playable && facts.duration && facts.duration * 1000 > min)
      this.cut = new Cut(facts.duration, min / 1000, max / 1000);
    this.fingerprint = print;
    if (facts.playable) void isSilent(this.file).then((silent) => (this.silent = silent)); // only a hint
  }

  dispose(): void {
    URL.revokeObjectURL(this.url);
  }
}
