import type { Campaign } from "../lib/client";
import { Cut } from "../ui/cut.svelte";
import { fingerprint } from "./fingerprint";
import { type Facts, inspect, judge, silent } from "./inspect";

type Limits = Campaign["limits"];

/** A file that somebody chose, dropped or recorded here. */
export interface Chosen {
  file: File;
  /** Here, by us: a copy is kept until it is sent. */
  recorded: boolean;
}

/** The chosen file, what is known of it, and which part of it is the story. */
export class Take {
  readonly file: File;
  readonly url: string;
  readonly recorded: boolean;
  facts = $state.raw<Facts>();
  cut = $state.raw<Cut>();
  print = $state("");
  silent = $state(false);
  findings = $derived.by(() =>
    this.facts ? judge(this.file, this.facts, this.#limits, this.cut?.seconds, this.silent) : [],
  );
  #limits: Limits;

  constructor({ file, recorded }: Chosen, limits: Limits) {
    this.file = file;
    this.recorded = recorded;
    this.url = URL.createObjectURL(file);
    this.#limits = limits;
  }

  get busy(): boolean {
    return !this.print;
  }

  get ok(): boolean {
    return !this.busy && !this.findings.some((f) => f.blocks);
  }

  /** Ends as soon as the file may be sent: whoever waits can go on with an upload of it before anybody presses a button. */
  async look(): Promise<void> {
    const [facts, print] = await Promise.all([inspect(this.file, this.url), fingerprint(this.file)]);
    this.facts = facts;
    const { min_duration_ms: least, max_duration_ms: most } = this.#limits;
    if (facts.playable && facts.duration && facts.duration * 1000 > least)
      this.cut = new Cut(facts.duration, least / 1000, most / 1000);
    this.print = print;
    if (facts.playable) void silent(this.file).then((s) => (this.silent = s)); // a hint, which comes when it comes
  }

  drop(): void {
    URL.revokeObjectURL(this.url);
  }
}
