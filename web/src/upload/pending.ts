import { recall, remember } from "../browser/local";

/** An upload that this browser began and has not completed. */
export interface Pending {
  story: string;
  token: string;
  campaign: string;
  fingerprint: string;
  name: string;
  bytes: number;
  at: number;
}

const keepFor = 7 * 86_400_000; // milliseconds; longer than the service waits for any upload

const all = (): Pending[] => (recall<Pending[]>("uploads") ?? []).filter((p) => Date.now() - p.at < keepFor);

export const pendingFor = (campaign: string): Pending | undefined =>
  all()
    .filter((p) => p.campaign === campaign)
    .at(-1);
export const pendingFile = (campaign: string, print: string): Pending | undefined =>
  all().findLast((p) => p.campaign === campaign && p.fingerprint === print);
export const addPending = (p: Pending): void => remember("uploads", [...all().filter((o) => o.story !== p.story), p]);
export const dropPending = (story: string): void =>
  remember(
    "uploads",
    all().filter((p) => p.story !== story),
  );
