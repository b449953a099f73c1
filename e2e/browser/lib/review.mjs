// The review page as moderators use it.
import { signIn } from "./browser.mjs";

export const moderator = "moderator@demo.storyreel.example";

/** A moderator signed in on the review page. */
export async function enterReview({ service, visitor }, email = moderator) {
  const v = await visitor();
  await signIn(v.page, await service.link(email, "review"), "/review");
  return v;
}

/** The song of the story in hand. */
export const current = (page) => page.locator('[aria-label="Your stories"] li[aria-current="true"] strong').innerText();

/** Waits until the page takes a decision: the first frame is shown, and the story was not changed just now. */
export const ready = (page) => page.locator('[aria-label="Decision"][aria-busy="false"]').waitFor();

/** Waits until another story than `song` is in hand. */
export const changed = (page, song) =>
  page.waitForFunction(
    (s) =>
      (document.querySelector('[aria-label="Your stories"] li[aria-current="true"] strong')?.textContent ?? s) !== s,
    song,
  );

/** Waits until another story than `song` is in hand and can be decided, and returns its song. */
export async function nextAfter(page, song) {
  await changed(page, song);
  await ready(page);
  return current(page);
}
