import type { Campaign } from "../lib/client";
import { fingerprint } from "./fingerprint";
import { type Facts, type Finding, inspect, judge } from "./inspect";

/** The file a contributor has chosen or recorded, and what is known of it. */
export class Take {
  file = $state.raw<File>();
  url = $state("");
  facts = $state.raw<Facts>();
  findings = $state.raw<Finding[]>([]);
  print = $state("");
  busy = $state(false);
  recorded = false; // here, by us: a copy is kept until it is sent

  get ok(): boolean {
    return Boolean(this.file && this.print && !this.findings.some((f) => f.blocks));
  }

  async choose(file: File, limits: Campaign["limits"], recorded = false): Promise<void> {
    this.clear();
    this.busy = true;
    this.recorded = recorded;
    this.file = file;
    this.url = URL.createObjectURL(file);
    const [facts, print] = await Promise.all([inspect(file, this.url), fingerprint(file)]);
    if (this.file !== file) return; // another was chosen meanwhile
    this.facts = facts;
    this.print = print;
    this.findings = judge(file, facts, limits);
    this.busy = false;
  }

  clear(): void {
    if (this.url) URL.revokeObjectURL(this.url);
    this.file = this.facts = undefined;
    this.url = this.print = "";
    this.findings = [];
    this.busy = false;
  }
}
