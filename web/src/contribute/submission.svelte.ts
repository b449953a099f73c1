// The submission of one story: form values, consent, video file, and the upload.
import { api, unwrap, type Campaign, failureOf, type Failure, type ReleaseForm } from "../lib/client";
import { addSentStory } from "../browser/sentStories";
import { storyTitle } from "../lib/format";
import { composed } from "../lib/limit";
import { locale } from "../text";
import { Draft } from "./draft.svelte";
import { fingerprint } from "../upload/fingerprint";
import { discardRecording } from "../upload/recordingStore";
import { dropPending, type Pending, pendingFile } from "../upload/pending";
import { UploadTask } from "../upload/uploadTask.svelte";
import { type ChosenFile, VideoFile } from "../upload/videoFile.svelte";

const visit = String(performance.timeOrigin);

export class Submission {
  readonly draft: Draft;
  readonly ticks = $state({ agreed: false, ofAge: false, others: false });
  video = $state.raw<VideoFile>();
  upload = $state.raw<UploadTask>();
  failure = $state.raw<Failure>();
  starting = $state(false);
  #campaign: Campaign;
  #form: ReleaseForm;

  constructor(campaign: Campaign, form: ReleaseForm) {
    this.#campaign = campaign;
    this.#form = form;
    this.draft = new Draft(campaign.slug);
  }

  /** Sets the video. A file whose upload was started earlier resumes at once, without the form. */
  async choose(chosen: ChosenFile): Promise<void> {
    this.video?.dispose();
    const video = (this.video = new VideoFile(chosen, this.#campaign.limits));
    this.failure = undefined;
    try {
      await video.inspect();
    } catch (cause) {
      this.failure = failureOf(cause); // the file can no longer be read
      return;
    }
    const pending = pendingFile(this.#campaign.slug, video.fingerprint);
    if (this.video === video && video.valid && pending && !this.upload) await this.#resume(video, pending);
  }

  async #resume(video: VideoFile, pending: Pending): Promise<void> {
    await this.#run(new UploadTask(video.file, pending));
    if (this.upload?.failure?.status !== 404) return;
    dropPending(pending.story); // withdrawn, or unknown to the service
    this.upload = undefined;
  }

  async #run(task: UploadTask, plan?: Parameters<UploadTask["run"]>[0]): Promise<void> {
    this.upload = task;
    await task.run(plan);
    if (!task.story) return;
    const { campaign, token } = task.pending;
    addSentStory({ id: task.story.id, token, campaign, title: storyTitle(task.story), at: Date.now() });
    // an upload that was resumed may be another story's than the draft
    if (task.story.song.title === this.draft.song.title) this.#clearForm();
    if (this.video?.recorded) await discardRecording(); // the stored copy is no longer needed
  }

  async send(): Promise<void> {
    const { video, draft, ticks } = this;
    if (!video?.valid || this.starting || this.upload) return;
    this.starting = true;
    this.failure = undefined;
    const { file, facts, fingerprint: print } = video;
    const body = {
      contributor: {
        name: composed(draft.name),
        locale,
        ...(draft.email && { email: draft.email.trim() }),
        ...(draft.country && { country: draft.country }),
      },
      song: draft.song,
      ...(draft.text && { text: composed(draft.text) }),
      ...(this.#campaign.questions?.length && { answers: draft.answersTo(this.#campaign.questions) }),
      ...(video.cut?.request && { cut: video.cut.request }),
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
      // The key is derived from the request: sending again after a lost response creates no second story.
      const key = await fingerprint(new Blob([visit, print, JSON.stringify(body)]));
      const created = await unwrap(
        api.POST("/v1/campaigns/{campaign}/stories", {
          params: { path: { campaign: slug }, header: { "Idempotency-Key": key } },
          body,
        }),
      );
      void this.#run(
        new UploadTask(file, {
          story: created.story.id,
          token: created.token,
          campaign: slug,
          fingerprint: print,
          name: file.name,
          bytes: file.size,
          at: Date.now(),
        }),
        created.upload,
      );
    } catch (cause) {
      this.failure = failureOf(cause);
    } finally {
      this.starting = false;
    }
  }

  /** Prepares for another story; the contributor's details stay. */
  clear(): void {
    this.video?.dispose();
    this.video = this.upload = undefined;
    this.#clearForm();
  }

  #clearForm(): void {
    this.ticks.agreed = this.ticks.ofAge = this.ticks.others = false;
    this.draft.clear();
  }
}
