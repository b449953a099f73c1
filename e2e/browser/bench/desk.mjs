// The pages of staff: how fast a moderator decides, and where things stand on the screen.
import { signIn } from "../lib/browser.mjs";
import { changed, current, enterReview, ready } from "../lib/review.mjs";

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const desk = { width: 1440, height: 900 };

/** In the page: a video is shown, and its first frame is decoded. */
export const frameShown = () =>
  [...document.querySelectorAll("video")].some((v) => v.checkVisibility() && v.readyState >= 2);

/** Where the element's top stands in the window, in CSS pixels. */
const topOf = async (found) => Math.round((await found.first().boundingBox())?.y ?? Number.NaN);

/** The keys of a session: 70 % approved, 25 % rejected, 5 % escalated. */
const verdicts = Array.from({ length: 20 }, (_, i) => (i < 14 ? ["a"] : i < 19 ? ["r", "1"] : ["e", "5"]));

/**
 * Decides on `n` stories with `think` milliseconds on each, while every answer is `late` milliseconds late. Returns
 * decisions per hour, how long the next frame took, and how many decisions the service refused.
 */
export async function decide(env, n, { think = 0, late = 0 } = {}) {
  const { context, page } = await enterReview(env);
  await page.setViewportSize(desk);
  let refused = 0;
  page.on("response", (r) => (refused += Number(r.url().endsWith("/decisions") && r.status() === 409)));
  if (late)
    await page.route("**/v1/**", async (route) => {
      await wait(late);
      await route.continue();
    });
  await ready(page);
  const frames = [];
  const seen = new Set();
  const began = Date.now();
  for (let i = 0; i < n; i++) {
    const song = await current(page);
    if (seen.has(song)) throw new Error(`${song} came back`);
    seen.add(song);
    await wait(think);
    const decided = Date.now();
    for (const key of verdicts[(i * 7) % verdicts.length]) await page.keyboard.press(key);
    if (i === n - 1) break;
    await changed(page, song);
    await page.waitForFunction(frameShown, undefined, { polling: "raf" });
    frames.push(Date.now() - decided);
    await ready(page);
  }
  const hours = (Date.now() - began) / 3_600_000;
  await page.waitForFunction(() => localStorage.getItem("storyreel.unsent") === null, undefined, { timeout: 60_000 });
  await wait(10_000); // the last decisions can be taken back for eight seconds
  await context.close();
  return { perHour: n / hours, frames, refused };
}

/** Tops of what a moderator reads and presses: words at 1440×900, the first decision on a phone. */
export async function reviewPlaces(env) {
  const { context, page } = await enterReview(env);
  await page.setViewportSize(desk);
  await ready(page);
  const words = await topOf(page.getByRole("heading", { level: 2 }));
  await page.setViewportSize({ width: 390, height: 844 });
  const approve = await topOf(page.getByRole("button", { name: /^Approve/ }));
  await context.close();
  return { words, approve };
}

/** Opens the board, and returns the tops of its first card by width, the time of the first load and of a search. */
export async function board(env) {
  const { context, page } = await env.visitor();
  await page.setViewportSize(desk);
  await signIn(page, await env.service.link("creative@demo.storyreel.example", "board"), "/board");
  const card = page.locator("article");
  await card.first().waitFor();
  await page.reload({ waitUntil: "commit" });
  await card.first().waitFor();
  const load = await page.evaluate(() => performance.now());
  const tops = [];
  for (const width of [1440, 768, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await wait(300);
    tops.push([width, await topOf(card)]);
  }
  await page.setViewportSize(desk);
  const answered = page.waitForResponse((r) => /\/search\?.*q=/.test(r.url()));
  await page.getByRole("searchbox").first().fill("Song 1");
  const response = await answered;
  await response.finished(); // before that, its end is not known
  const { requestStart, responseEnd } = response.request().timing();
  await context.close();
  return { load, tops, search: responseEnd - requestStart };
}
