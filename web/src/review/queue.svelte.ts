// A moderator's queue: the current story, further claimed ones that preload, and
// decisions that can be undone for eight seconds before they are sent.
import { api, unwrap, failed, failureOf } from "../lib/client";
import type { Colleague, Failure, Outcome, Reason, Story } from "../lib/client";
import { remember, recall } from "../browser/local";
import { storyTitle } from "../lib/format";
import { Exposure } from "./exposure.svelte";

export type Action = "approve" | "reject" | "escalate" | "hide" | "restore";

/** A decision that can still be undone: on the current story, or on many of a list. */
export interface Pending {
  id: number;
  stories: Story[];
  bulk: boolean;
  action: Action;
  reason?: string;
  note?: string;
  until: number;
  timer: number;
}

export interface Decided {
  id: string;
  title: string;
  action: Action;
  at: string;
}

const ahead = 3; // claimed stories besides the current one
const undoFor = 8000; // milliseconds
const renewEvery = 4 * 60_000; // milliseconds; a claim lasts ten minutes
const freshFor = 2 * 60_000; // milliseconds; links that expire sooner are replaced
const bulkSize = 100; // stories per request, the limit of the API

export class Queue {
  claimed = $state.raw<Story[]>([]);
  pending = $state.raw<Pending[]>([]);
  decided = $state.raw<Decided[]>(recall<Decided[]>("decided") ?? []);
  conflict = $state.raw<{ story: Story; failure: Failure }>();
  failure = $state.raw<Failure>();
  refused = $state.raw<{ story: Story; failure: Failure }[]>([]); // of the last bulk decision
  stats = $state.raw<{
    waiting: number;
    claimed: number;
    escalated: number;
    oldest?: string;
    colleagues: Colleague[];
  }>();
  readonly exposure = new Exposure();
  reasons = $state.raw<Reason[]>([]);
  policies = $state.raw<Record<string, string>>({}); // by campaign
  escalated = $state(false);
  busy = $state(false);
  ready = $state(false);
  #skipped: string[] = [];
  #ids = 0;
  #turn = Promise.resolve();

  get current(): Story | undefined {
    return this.claimed[0];
  }

  /** Starts claiming; returns a function that stops. */
  start(): () => void {
    void this.#catch(async () => {
      const [reasons, campaigns] = await Promise.all([
        unwrap(api.GET("/v1/review/reasons")),
        unwrap(api.GET("/v1/campaigns")),
      ]);
      this.reasons = reasons.items ?? [];
      this.policies = Object.fromEntries((campaigns.items ?? []).map((c) => [c.slug, c.policy ?? ""]));
    });
    void this.fill();
    const renew = setInterval(() => document.visibilityState === "visible" && void this.fill(), renewEvery);
    const stats = setInterval(() => document.visibilityState === "visible" && void this.#loadStats(), 20_000);
    const wake = () => void this.fill();
    const leave = () => this.leave();
    addEventListener("online", wake);
    addEventListener("pagehide", leave);
    return () => {
      clearInterval(renew);
      clearInterval(stats);
      removeEventListener("online", wake);
      removeEventListener("pagehide", leave);
    };
  }

  async #catch(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.failure = undefined;
    } catch (cause) {
      this.failure = failureOf(cause);
    }
  }

  /** Renews claims and claims more stories; calls run one after the other. */
  fill(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#fill());
    return this.#turn;
  }

  async #fill(): Promise<void> {
    this.busy = true;
    await this.#catch(async () => {
      const body = {
        count: Math.min(20, 1 + ahead + this.pending.length),
        escalated: this.escalated,
        skip: this.#skipped.slice(-200),
      };
      const { items } = await unwrap(api.POST("/v1/review/claims", { body }));
      const waiting = new Set([...this.pending.flatMap((p) => p.stories.map((s) => s.id)), ...this.#skipped]);
      const known = new Map(this.claimed.map((s) => [s.id, s]));
      this.claimed = (items ?? []).filter((s) => !waiting.has(s.id)).map((s) => reuseLinks(s, known.get(s.id)));
      await this.#loadStats();
    });
    this.busy = false;
    this.ready = true;
  }

  async #loadStats(): Promise<void> {
    await this.#catch(async () => {
      const q = await unwrap(
        api.GET("/v1/review/queue", { params: { query: { limit: 1, escalated: this.escalated } } }),
      );
      this.stats = {
        waiting: q.waiting,
        claimed: q.claimed,
        escalated: q.escalated,
        oldest: q.oldest,
        colleagues: q.colleagues ?? [],
      };
    });
  }

  /** Switches between the normal and the escalated queue; claims on this one are released. */
  async switchTo(escalated: boolean): Promise<void> {
    const released = this.claimed;
    this.claimed = [];
    this.escalated = escalated;
    await Promise.all(released.map((s) => this.#release(s)));
    await this.fill();
  }

  /** Decides on the current story; sent when it can no longer be undone. */
  decide(action: "approve" | "reject" | "escalate", reason?: string, note?: string): void {
    const story = this.current;
    if (!story) return;
    this.#plan([story], false, action, reason, note);
    this.claimed = this.claimed.slice(1);
    this.conflict = undefined;
    this.exposure.count();
    void this.fill();
  }

  /** Decides on many stories of a list at once; undone as one. */
  decideMany(stories: Story[], action: Action, reason?: string, note?: string): void {
    const ids = new Set(stories.map((s) => s.id));
    this.claimed = this.claimed.filter((s) => !ids.has(s.id));
    this.#plan(stories, true, action, reason, note);
  }

  #plan(stories: Story[], bulk: boolean, action: Action, reason?: string, note?: string): void {
    const id = ++this.#ids;
    const timer = window.setTimeout(() => void this.#commit(id), undoFor);
    this.pending = [...this.pending, { id, stories, bulk, action, reason, note, until: Date.now() + undoFor, timer }];
  }

  undo(): void {
    const last = this.pending.at(-1);
    if (!last) return;
    clearTimeout(last.timer);
    this.pending = this.pending.slice(0, -1);
    if (last.bulk) void this.fill();
    else this.claimed = [...last.stories, ...this.claimed];
  }

  async skip(): Promise<void> {
    const story = this.current;
    if (!story) return;
    this.#skipped.push(story.id);
    this.claimed = this.claimed.slice(1);
    await this.#release(story);
    await this.fill();
  }

  async #release(story: Story): Promise<void> {
    await this.#catch(
      async () =>
        void (await unwrap(
          api.DELETE("/v1/review/claims/{id}", { params: { path: { id: story.id } }, keepalive: true }),
        )),
    );
  }

  async #commit(id: number): Promise<void> {
    const p = this.pending.find((x) => x.id === id);
    if (!p) return;
    clearTimeout(p.timer);
    this.pending = this.pending.filter((x) => x !== p);
    if (p.bulk) await this.#sendMany(p);
    else for (const story of p.stories) await this.send(story, p.action, p.reason, p.note);
    await this.#loadStats();
  }

  async #sendMany(p: Pending): Promise<void> {
    this.refused = [];
    for (let i = 0; i < p.stories.length; i += bulkSize) {
      const part = p.stories.slice(i, i + bulkSize);
      const body = {
        stories: part.map((s) => ({ id: s.id, version: s.version })),
        action: p.action,
        ...(p.reason && { reason: p.reason }),
        ...(p.note && { note: p.note }),
      };
      try {
        const { items } = await unwrap(api.POST("/v1/review/decisions", { body, keepalive: true }));
        this.refused = [...this.refused, ...refusals(part, items ?? [])];
      } catch (cause) {
        // it is unknown whether the part was recorded; deciding again is idempotent
        this.refused = [...this.refused, ...part.map((story) => ({ story, failure: failureOf(cause) }))];
      }
    }
    await this.fill();
  }

  /** Sends a decision at once; undefined and a `conflict` if it was not recorded. */
  async send(story: Story, action: Action, reason?: string, note?: string): Promise<Story | undefined> {
    try {
      const body = { action, version: story.version, ...(reason && { reason }), ...(note && { note }) };
      const after = await unwrap(
        api.POST("/v1/stories/{id}/decisions", { params: { path: { id: story.id } }, body, keepalive: true }),
      );
      this.decided = [
        { id: story.id, title: storyTitle(story), action, at: new Date().toISOString() },
        ...this.decided.filter((d) => d.id !== story.id),
      ].slice(0, 50);
      remember("decided", this.decided);
      return after;
    } catch (cause) {
      this.conflict = { story, failure: failureOf(cause) };
      return undefined;
    }
  }

  /** Sends pending decisions and releases all claims; for leaving the page. */
  leave(): void {
    for (const p of this.pending) void this.#commit(p.id);
    for (const s of this.claimed) void this.#release(s);
    this.claimed = [];
  }
}

/** The decisions that were not recorded, each with its story. */
function refusals(stories: Story[], outcomes: Outcome[]): { story: Story; failure: Failure }[] {
  return outcomes.flatMap((o, i) => (o.refused ? [{ story: stories[i]!, failure: failed(o.refused) }] : []));
}

/** Reuses unexpired links: a new signature would restart the playing video. */
function reuseLinks(fresh: Story, known: Story | undefined): Story {
  if (!known?.review || Date.parse(known.review.expires_at) - Date.now() < freshFor) return fresh;
  return { ...fresh, review: known.review };
}
