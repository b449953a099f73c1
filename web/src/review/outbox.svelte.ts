// Decisions on their way to the service. Each is kept in this browser until it is answered, so that
// neither a lost network nor a closed page loses one; sending the same decision twice records it once.
import { api, unwrap, failed, failureOf } from "../lib/client";
import type { Failure } from "../lib/client";
import { recall, remember } from "../browser/local";

export type Action = "approve" | "reject" | "escalate" | "hide" | "restore";

/** What is decided, without the story. */
export interface Verdict {
  action: Action;
  reason?: string;
  note?: string;
  /** To the contributor. */
  message?: string;
  /** The video was neither played nor moved to another time before. */
  unplayed?: boolean;
}

/** A decision on the version of a story that its moderator saw. */
export interface Letter extends Verdict {
  id: string;
  version: number;
  title: string;
}

/** A recorded decision of this browser. */
export interface Decided {
  id: string;
  title: string;
  action: Action;
  at: string;
}

/** A decision that the service refused. */
export interface Refusal {
  letter: Letter;
  failure: Failure;
}

type Kept = Letter & { user: string };

const bulkSize = 100; // stories per request, the limit of the API
const graceFor = 5000; // milliseconds after an answer in which a claim may still report the story as undecided
const firstRetry = 2000; // milliseconds, doubled up to the longest
const longestRetry = 30_000;

export class Outbox {
  /** Decisions without an answer, in the order they were made. */
  unsent = $state.raw<Letter[]>([]);
  /** Whether sending failed and is tried again by itself. */
  stuck = $state(false);
  refused = $state.raw<Refusal[]>([]);
  decided = $state.raw<Decided[]>(recall<Decided[]>("decided") ?? []);
  #user = "";
  #answered = new Map<string, number>();
  #turn = Promise.resolve();
  #retry = 0;
  #wait = firstRetry;

  /** Takes up what the user's earlier visits left unsent. */
  open(user: string): void {
    this.#user = user;
    this.unsent = kept()
      .filter((k) => k.user === user)
      .map(({ user: _, ...letter }) => letter);
    if (this.unsent.length) void this.send();
  }

  add(letters: Letter[]): void {
    const ids = new Set(letters.map((l) => l.id));
    this.unsent = [...this.unsent.filter((l) => !ids.has(l.id)), ...letters];
    keep([...kept().filter((k) => !ids.has(k.id)), ...letters.map((l) => ({ ...l, user: this.#user }))]);
  }

  /** Whether a claim that was asked for at `asked` (milliseconds) cannot know what became of the story. */
  hides(id: string, asked: number): boolean {
    const answered = this.#answered.get(id);
    return this.unsent.some((l) => l.id === id) || (answered !== undefined && asked < answered + graceFor);
  }

  /** Sends what is unsent; calls run one after the other. */
  send(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#send());
    return this.#turn;
  }

  /** Sends everything at once, for a page that is left: nobody waits for the answers. */
  sendAtOnce(): void {
    for (const part of parts(this.unsent)) void this.#post(part).catch(() => undefined);
  }

  async #send(): Promise<void> {
    clearTimeout(this.#retry);
    let again = false;
    for (const part of parts(this.unsent)) {
      try {
        again = !(await this.#post(part)) || again;
      } catch (cause) {
        const failure = failureOf(cause);
        again ||= passes(failure);
        if (failure.code === "network") break;
        if (!passes(failure)) this.#settle(part.map((letter) => ({ letter, failure })));
      }
    }
    this.stuck = again;
    if (!again) this.#wait = firstRetry;
    else {
      this.#retry = window.setTimeout(() => void this.send(), this.#wait);
      this.#wait = Math.min(longestRetry, this.#wait * 2);
    }
  }

  /** Sends letters of one verdict; false if some of them must be sent again. */
  async #post(part: Letter[]): Promise<boolean> {
    const [first, ...more] = part as [Letter, ...Letter[]];
    const { id, title: _, ...body } = first;
    if (more.length === 0) {
      await unwrap(api.POST("/v1/stories/{id}/decisions", { params: { path: { id } }, body, keepalive: true }));
      this.#settle([{ letter: first }]);
      return true;
    }
    const { version: _version, ...verdict } = body;
    const all = { stories: part.map(({ id, version }) => ({ id, version })), ...verdict };
    const { items } = await unwrap(api.POST("/v1/review/decisions", { body: all, keepalive: true }));
    const outcomes = part.map((letter, i) => {
      const refused = items?.[i]?.refused;
      return { letter, failure: refused && failed(refused) };
    });
    const final = outcomes.filter((o) => !o.failure || !passes(o.failure));
    this.#settle(final);
    return final.length === outcomes.length;
  }

  /** Drops answered decisions, and lists them as recorded or, with a failure, as refused. */
  #settle(answers: { letter: Letter; failure?: Failure }[]): void {
    const now = Date.now();
    for (const [id, at] of this.#answered) if (at + 60_000 < now) this.#answered.delete(id);
    for (const { letter } of answers) this.#answered.set(letter.id, now);
    const answered = (l: Letter) => answers.some(({ letter }) => letter.id === l.id && letter.version === l.version);
    this.unsent = this.unsent.filter((l) => !answered(l));
    keep(kept().filter((k) => !answered(k)));
    const refused = answers.flatMap(({ letter, failure }) => (failure ? [{ letter, failure }] : []));
    if (refused.length) this.refused = [...this.refused, ...refused];
    this.record(answers.filter((a) => !a.failure).map((a) => a.letter));
  }

  /** Lists decisions as recorded by this browser, newest first. */
  record(letters: Letter[]): void {
    const at = new Date().toISOString();
    const ids = new Set(letters.map((l) => l.id));
    this.decided = [
      ...letters.map(({ id, title, action }) => ({ id, title, action, at })),
      ...this.decided.filter((d) => !ids.has(d.id)),
    ].slice(0, 50);
    remember("decided", this.decided);
  }
}

const kept = (): Kept[] => recall<Kept[]>("unsent") ?? [];
const keep = (all: Kept[]): void => remember("unsent", all.length ? all : undefined);

/** Whether the same request may succeed later: no network, a busy or broken service, or an ended session. */
const passes = (f: Failure): boolean => f.retryable || f.status === 401 || f.status === 408;

/** Cut into requests: a run of letters with the same verdict goes as one. */
function parts(letters: Letter[]): Letter[][] {
  const out: Letter[][] = [];
  const verdict = (l: Letter) => JSON.stringify([l.action, l.reason, l.note, l.message, l.unplayed]);
  for (const l of letters) {
    const last = out.at(-1);
    if (last && last.length < bulkSize && verdict(last[0]!) === verdict(l)) last.push(l);
    else out.push([l]);
  }
  return out;
}
