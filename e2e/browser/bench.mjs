// How soon pages can be used: `make bench-pages [RUNS=7]`. Figures only; what
// a machine can do today is nothing that a test could hold.
import { cpus, loadavg } from "node:os";
import { openEnv } from "./lib/env.mjs";
import { changed, current, enterReview, ready } from "./lib/review.mjs";
import { campaign } from "./lib/service.mjs";

const runs = Number(process.env.RUNS || 7);
const env = await openEnv();

/** In the page: a video is shown, and its first frame is decoded. */
const frameShown = () => [...document.querySelectorAll("video")].some((v) => v.checkVisibility() && v.readyState >= 2);

/** Milliseconds from the request of the page until `done` holds in it. */
async function sinceRequest(page, done) {
  await page.waitForFunction(done, undefined, { polling: "raf" });
  return page.evaluate(() => performance.now());
}

async function withVisitor(work) {
  const { context, page } = await env.visitor();
  try {
    return await work(page);
  } finally {
    await context.close();
  }
}

/** First paint of the contributor's page, with an empty cache. */
const contribute = () =>
  withVisitor(async (page) => {
    await page.goto(`${env.service.url}/c/${campaign}`);
    const paint = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
    return (await page.waitForFunction(paint)).jsonValue();
  });

/** From the click on a story of the feed to its first frame, with an empty cache. */
const feed = () =>
  withVisitor(async (page) => {
    await page.goto(`${env.service.url}/c/${campaign}`);
    await page.locator("article button").first().waitFor();
    return page.evaluate(
      () =>
        new Promise((done) => {
          const clicked = performance.now();
          const look = () => {
            const video = document.querySelector("dialog video");
            if (video && video.readyState >= 2) done(performance.now() - clicked);
            else requestAnimationFrame(look);
          };
          document.querySelector("article button").click();
          look();
        }),
    );
  });

/** From asking for the review page to a frame that can be judged. */
async function review(page) {
  await page.reload({ waitUntil: "commit" });
  return sinceRequest(page, frameShown);
}

/** From a decision to the next story's frame. */
async function decision(page) {
  await ready(page);
  const song = await current(page);
  const decided = await page.evaluate(() => performance.now());
  await page.keyboard.press("a");
  await changed(page, song);
  return (await sinceRequest(page, frameShown)) - decided;
}

async function measure(name, once) {
  const took = [];
  for (let i = 0; i < runs; i++) took.push(await once());
  took.sort((a, b) => a - b);
  const figures = [took[Math.floor(runs / 2)], took[0], took[runs - 1]].map((ms) => `${Math.round(ms)} ms`.padStart(9));
  console.log(`| ${name.padEnd(45)} | ${figures.join(" | ")} |`);
}

try {
  await env.published({ song: "Heroes", artist: "David Bowie" }, { width: 720, height: 1280, seconds: 6 });
  for (let i = 0; i <= runs; i++) await env.story({ song: `Song ${i}`, artist: "Band" }, { seconds: 4 });
  console.log(`${cpus().length} × ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)}, ${runs} runs each\n`);
  console.log(
    `| ${"".padEnd(45)} |    median |   fastest |   slowest |\n|${"-".repeat(47)}|${"----------:|".repeat(3)}`,
  );
  await measure("contribute: first contentful paint", contribute);
  await measure("feed: from the click to the first frame", feed);
  const { page } = await enterReview(env);
  await page.waitForFunction(frameShown);
  await measure("review: from the request to the first frame", () => review(page));
  await measure("review: from a decision to the next frame", () => decision(page));
} finally {
  await env.close();
}
