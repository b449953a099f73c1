// One telling of a story: what was typed, agreed to and chosen, and its way to the service.
import { api, ask, type Campaign, failureOf, type Failure, type ReleaseForm } from "../lib/client";
import { locale } from "../text";
import { Draft } from "./draft.svelte";
import { fingerprint } from "../upload/fingerprint";
import { dropTake } from "../upload/kept";
import { dropPending, type Pending, pendingFile } from "../upload/pending";
import { Sending } from "../upload/sending.svelte";
import { type Chosen, Take } from "../upload/take.svelte";

const visit = String(performance.timeOrigin);

export class Submission {
  readonly draft: Draft;
  readonly ticks = $state({ agreed: false, ofAge: false, others: false });
  take = $state.raw<Take>();
  sending = $state.raw<Sending>();
  failure = $state.raw<Failure>();
  starting = $state(false);
  #campaign: Campaign;
  #form: ReleaseForm;

  constructor(campaign: Campaign, form: ReleaseForm) {
    this.#campaign = campaign;
    this.#form = form;
    this.draft = new Draft(campaign.slug);
  }

  /** Takes the file. One that was under way goes on at once: nothing has to be typed or ticked twice. */
  async choose(chosen: Chosen): Promise<void> {
    this.take?.drop();
    const take = (this.take = new Take(chosen, this.#campaign.limits));
    this.failure = undefined;
    try {
      await take.look();
    } catch (cause) {
      this.failure = failureOf(cause); // a file that went away under our hands
      return;
    }
    const pending = pendingFile(this.#campaign.slug, take.print);
    if (this.take === take && take.ok && pending && !this.sending) await this.#resume(take, pending);
  }

  async #resume(take: Take, pending: Pending): Promise<void> {
    await this.#run(new Sending(take.file, pending));
    if (this.sending?.failure?.status !== 404) return;
    dropPending(pending.story); // withdrawn meanwhile, or never begun
    this.sending = undefined;
  }

  async #run(sending: Sending, plan?: Parameters<Sending["run"]>[0]): Promise<void> {
    this.sending = sending;
    await sending.run(plan);
    if (sending.story && this.take?.recorded) await dropTake(); // its copy has served
  }

  async send(): Promise<void> {
    const { take, draft, ticks } = this;
    if (!take?.ok || this.starting || this.sending) return;
    this.starting = true;
    this.failure = undefined;
    const { file, facts, print } = take;
    const body = {
      contributor: {
        name: draft.name.trim(),
        locale,
        ...(draft.email && { email: draft.email.trim() }),
        ...(draft.country && { country: draft.country }),
      },
      song: draft.song,
      ...(draft.text && { text: draft.text.trim() }),
      ...(this.#campaign.questions?.length && { answers: draft.answersTo(this.#campaign.questions) }),
      ...(take.cut?.wire && { cut: take.cut.wire }),
      release: {
        version: this.#form.version,
        locale: this.#form.locale,
        agreed: ticks.agreed,
        of_age: ticks.ofAge,
        others_agreed: ticks.others,
      },
      file: { name: file.name, bytes: file.size, content_type: facts?.type || file.type || "application/octet-stream" },
    };
    const slug = this.#campaign.slug;
    try {
      // The key follows from what is sent: pressing again after a lost answer makes no second story.
      const key = await fingerprint(new Blob([visit, print, JSON.stringify(body)]));
      const begun = await ask(
        api.POST("/v1/campaigns/{campaign}/stories", {
          params: { path: { campaign: slug }, header: { "Idempotency-Key": key } },
          body,
        }),
      );
      void this.#run(
        new Sending(file, {
          story: begun.story.id,
          token: begun.token,
          campaign: slug,
          fingerprint: print,
          name: file.name,
          bytes: file.size,
          at: Date.now(),
        }),
        begun.upload,
      );
    } catch (cause) {
      this.failure = failureOf(cause);
    } finally {
      this.starting = false;
    }
  }

  /** For another story: who one is stays. */
  clear(): void {
    this.take?.drop();
    this.take = this.sending = undefined;
    this.ticks.agreed = this.ticks.ofAge = this.ticks.others = false;
    this.draft.clear();
  }
}
