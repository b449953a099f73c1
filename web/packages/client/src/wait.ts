import { followStory } from "./follow.js";
import type { Service, Story, StoryRef } from "./uploader.js";

export type StoryState = Story["state"];

/** The states of a story that nothing goes wrong with, in order. */
const course: StoryState[] = [
  "awaiting_upload",
  "uploaded",
  "preparing",
  "in_review",
  "approved",
  "publishing",
  "published",
];

/** A story did not reach the state that was waited for, and will not by itself. */
export class WaitError extends Error {
  /** As it is now; `failure` is why a video cannot be used, `reason` why a moderator refused it. */
  readonly story: Story;

  constructor(story: Story) {
    const why = story.failure ?? story.reason;
    super(`the story is ${story.state}` + (why ? `: ${why.detail} (${why.code})` : ""));
    this.name = "WaitError";
    this.story = story;
  }
}

/** The story as it is now and after every change, until its state is final. */
export async function* changesOf(
  service: Service,
  ref: StoryRef,
  signal?: AbortSignal,
): AsyncGenerator<Story, void, undefined> {
  const left = new AbortController();
  const found: Story[] = [];
  let ended = false;
  let failure: { cause: unknown } | undefined;
  let wake = () => {};
  const changed = () => wake();
  const stop = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
  stop.addEventListener("abort", changed, { once: true });
  void followStory(service, ref, (story) => found.push(story) && changed(), stop)
    .catch((cause: unknown) => (failure = { cause }))
    .finally(() => {
      ended = true;
      changed();
    });
  try {
    for (;;) {
      signal?.throwIfAborted();
      const story = found.shift();
      if (story) yield story;
      else if (failure) throw failure.cause;
      else if (ended) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    left.abort();
  }
}

/** Resolves once the story is in the state or past it; rejects with a WaitError when it cannot get there by itself. */
export async function waitFor(
  service: Service,
  ref: StoryRef,
  state: StoryState,
  { signal, onStory }: { signal?: AbortSignal; onStory?: (story: Story) => void },
): Promise<Story> {
  for await (const story of changesOf(service, ref, signal)) {
    onStory?.(story);
    const [at, goal] = [course.indexOf(story.state), course.indexOf(state)];
    if (story.state === state || (goal >= 0 && at > goal)) return story;
    if (at < 0) throw new WaitError(story);
  }
  throw new Error("the story can no longer be followed"); // it ended in a state that was seen above
}
