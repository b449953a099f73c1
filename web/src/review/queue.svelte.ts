// A moderator's queue: the current story, further claimed ones that preload, and
// decisions that can be undone for eight seconds before they are sent.
import { api, unwrap, failureOf } from "../lib/client";
import type { Campaign, Colleague, Failure, Reason, Story } from "../lib/client";
import { storyTitle } from "../lib/format";
import { Exposure } from "./exposure.svelte";
import { Outbox, type Verdict } from "./outbox.svelte";
import { type FilterValues, QueueFilter } from "./queueFilter.svelte";

/** A decision that can still be undone: on the current story, or on many of a list. */
export interface Pending extends Verdict {
  id: number;
  stories: Story[];
  bulk: boolean;
  until: number;
  timer: number;
}

const ahead = 3; // claimed stories besides the current one
const undoFor = 8000; // milliseconds
const renewEvery = 4 * 60_000; // milliseconds; a claim lasts ten minutes
const lookEvery = 5000; // milliseconds, while no story is in hand
const freshFor = 2 * 60_000; // milliseconds; links that expire sooner are replaced

export class Queue {
  claimed = $state.raw<Story[]>([]);
  pending = $state.raw<Pending[]>([]);
  readonly outbox = new Outbox();
  conflict = $state.raw<{ story: Story; failure: Failure }>();
  failure = $state.raw<Failure>();
  stats = $state.raw<{
    waiting: number;
    claimed: number;
    escalated: number;
    reported: number;
    oldest?: string;
    colleagues: Colleague[];
  }>();
  readonly exposure = new Exposure();
  readonly filter = new QueueFilter();
  campaigns = $state.raw<Campaign[]>([]);
  escalated = $state(false);
  busy = $state(false);
  ready = $state(false);
  #skipped: string[] = [];
  #ids = 0;
  #turn = Promise.resolve();

  get current(): Story | undefined {
    return this.claimed[0];
  }

  /** Starts claiming for the signed-in user; returns a function that stops. */
  start(user: string): () => void {
    this.outbox.open(user);
    this.filter.open(user);
    void this.#catch(async () => {
      this.campaigns = (await unwrap(api.GET("/v1/campaigns"))).items ?? [];
    });
    void this.fill();
    const renew = setInterval(() => document.visibilityState === "visible" && void this.fill(), renewEvery);
    const stats = setInterval(() => document.visibilityState === "visible" && void this.#loadStats(), 20_000);
    const look = setInterval(() => {
      if (document.visibilityState === "visible" && this.ready && !this.busy && !this.current) void this.fill();
    }, lookEvery);
    const wake = () => void this.outbox.send().then(() => this.fill());
    const leave = () => this.leave();
    const back = (event: PageTransitionEvent) => event.persisted && wake();
    addEventListener("online", wake);
    addEventListener("pagehide", leave);
    addEventListener("pageshow", back);
    return () => {
      clearInterval(renew);
      clearInterval(stats);
      clearInterval(look);
      removeEventListener("online", wake);
      removeEventListener("pagehide", leave);
      removeEventListener("pageshow", back);
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
    const asked = Date.now();
    await this.#catch(async () => {
      const body = {
        count: Math.min(20, 1 + ahead + this.pending.length + this.outbox.unsent.length),
        escalated: this.escalated,
        ...this.filter.params,
        skip: this.#skipped.slice(-200),
      };
      const { items } = await unwrap(api.POST("/v1/review/claims", { body }));
      const waiting = new Set([...this.pending.flatMap((p) => p.stories.map((s) => s.id)), ...this.#skipped]);
      const known = new Map(this.claimed.map((s, i) => [s.id, { story: s, place: i }]));
      const place = (s: Story) => known.get(s.id)?.place ?? known.size;
      this.claimed = (items ?? [])
        .filter((s) => !waiting.has(s.id) && !this.outbox.hides(s.id, asked))
        // an older story that just became free must not take the place of the one on the screen
        .sort((a, b) => place(a) - place(b))
        .map((s) => reuseLinks(s, known.get(s.id)?.story));
      await this.#loadStats();
    });
    this.busy = false;
    this.ready = true;
  }

  /** Reads the figures of the queue again. */
  refreshStats(): Promise<void> {
    return this.#loadStats();
  }

  async #loadStats(): Promise<void> {
    await this.#catch(async () => {
      const q = await unwrap(
        api.GET("/v1/review/queue", {
          params: { query: { limit: 1, escalated: this.escalated, ...this.filter.params } },
        }),
      );
      this.stats = {
        waiting: q.waiting,
        claimed: q.claimed,
        escalated: q.escalated,
        reported: q.reported,
        oldest: q.oldest,
        colleagues: q.colleagues ?? [],
      };
    });
  }

  /** The campaign of a story, as soon as campaigns are known. */
  campaignOf(story: Story | undefined): Campaign | undefined {
    return this.campaigns.find((c) => c.slug === story?.campaign);
  }

  /** Why a story of this campaign may be rejected or hidden. */
  reasonsFor(story: Story | undefined): Reason[] {
    return this.campaignOf(story)?.reasons ?? [];
  }

  /** Switches between the normal and the escalated queue. */
  switchTo(escalated: boolean): Promise<void> {
    return this.#reclaim(() => (this.escalated = escalated));
  }

  /** Narrows the queue. */
  narrow(values: FilterValues): Promise<void> {
    return this.#reclaim(() => this.filter.set(values));
  }

  /** Releases what is claimed, and claims from the queue as it is after the change. */
  async #reclaim(change: () => void): Promise<void> {
    const released = this.claimed;
    this.claimed = [];
    this.ready = false;
    change();
    await Promise.all(released.map((s) => this.#release(s)));
    await this.fill();
  }

  /** Decides on the current story; sent when it can no longer be undone. */
  decide(verdict: Verdict): void {
    const story = this.current;
    if (!story) return;
    this.#plan([story], false, verdict);
    this.claimed = this.claimed.slice(1);
    this.exposure.count();
    void this.fill();
  }

  /** Decides on many stories of a list at once; undone as one. */
  decideMany(stories: Story[], verdict: Verdict): void {
    const ids = new Set(stories.map((s) => s.id));
    this.claimed = this.claimed.filter((s) => !ids.has(s.id));
    this.#plan(stories, true, verdict);
  }

  #plan(stories: Story[], bulk: boolean, verdict: Verdict): void {
    const id = ++this.#ids;
    const timer = window.setTimeout(() => void this.#commit(id), undoFor);
    this.pending = [...this.pending, { ...verdict, id, stories, bulk, until: Date.now() + undoFor, timer }];
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
    this.#post(p);
    this.pending = this.pending.filter((x) => x !== p);
    await this.outbox.send();
    if (p.bulk) await this.fill();
    else await this.#loadStats();
  }

  /** Puts a decision into the outbox before it leaves `pending`: at no moment is its story in neither. */
  #post(p: Pending): void {
    clearTimeout(p.timer);
    const { action, reason, note, message, unplayed } = p;
    this.outbox.add(
      p.stories.map((s) => ({ ...letter(s), action, reason, note, message, ...(unplayed && { unplayed }) })),
    );
  }

  /** Sends a decision at once; undefined and a `conflict` if it was not recorded. */
  async send(story: Story, verdict: Verdict): Promise<Story | undefined> {
    try {
      const body = { version: story.version, ...verdict };
      const after = await unwrap(
        api.POST("/v1/stories/{id}/decisions", { params: { path: { id: story.id } }, body, keepalive: true }),
      );
      this.outbox.record([{ ...letter(story), action: verdict.action }]);
      return after;
    } catch (cause) {
      this.conflict = { story, failure: failureOf(cause) };
      return undefined;
    }
  }

  /** Sends pending decisions and releases all claims; for leaving the page. */
  leave(): void {
    for (const p of this.pending) this.#post(p);
    this.pending = [];
    this.outbox.sendAtOnce();
    for (const s of this.claimed) void this.#release(s);
    this.claimed = [];
  }
}

const letter = (s: Story) => ({ id: s.id, version: s.version, title: storyTitle(s) });

/** Reuses unexpired links: a new signature would restart the playing video. */
function reuseLinks(fresh: Story, known: Story | undefined): Story {
  if (!known?.review || Date.parse(known.review.expires_at) - Date.now() < freshFor) return fresh;
  return { ...fresh, review: known.review };
}
