import type { Story } from "../lib/client";

/** Which dialogs of the review page are open. */
export class OpenDialogs {
  keys = $state(false);
  decided = $state(false);
  report = $state(false);
  filter = $state(false);
  policy = $state(false);
  reported = $state(false);
  /** Id of the story that the panel of decided stories opens with. */
  storyId = $state("");
  /** The story shown beside the current one. */
  other = $state.raw<Story>();

  /** The page's address may name a story to open. */
  constructor(search: string) {
    const id = new URLSearchParams(search).get("story");
    if (id) this.openDecided(id);
  }

  openDecided(id = ""): void {
    this.storyId = id;
    this.decided = true;
  }
}
