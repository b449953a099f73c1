// How soon pages can be used, how light they are and where things stand on them: `make bench-pages [RUNS=7]`. Figures
// with their targets; what a machine can do today is nothing that a test could hold.
import { cpus, loadavg } from "node:os";
import { stat } from "node:fs/promises";
import { board, decide, frameShown, reviewPlaces } from "./bench/desk.mjs";
import { firstVisit, largeFile, networks, sending } from "./bench/phone.mjs";
import { answerOf, elementsOnPage, posterOf } from "./bench/weight.mjs";
import { openEnv } from "./lib/env.mjs";
import { copyStories } from "./lib/many.mjs";
import { enterReview } from "./lib/review.mjs";
import { campaign } from "./lib/service.mjs";

const runs = Number(process.env.RUNS || 7);
const decisions = Number(process.env.DECISIONS || 500);
const env = await openEnv();

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
const sorted = (list) => [...list].sort((a, b) => a - b);
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
/** Median, least and greatest. */
const spread = (list, unit) => {
  const s = sorted(list);
  return `${unit(at(s, 0.5))} (${unit(s[0])} to ${unit(s.at(-1))})`;
};
const row = (...cells) => console.log(`| ${cells.join(" | ")} |`);

async function repeat(once) {
  const all = [];
  for (let i = 0; i < runs; i++) all.push(await once());
  return all;
}

async function withVisitor(work) {
  const { context, page } = await env.visitor();
  try {
    return await work(page);
  } finally {
    await context.close();
  }
}

/** From the click on a story of the feed to its first frame, with an empty cache, in milliseconds. */
const play = () =>
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
async function reviewLoad(page) {
  await page.reload({ waitUntil: "commit" });
  await page.waitForFunction(frameShown, undefined, { polling: "raf" });
  return page.evaluate(() => performance.now());
}

async function phonePart() {
  for (const [name, network] of Object.entries(networks)) {
    const visits = await repeat(() => firstVisit(env, network));
    const of = (key, unit) =>
      spread(
        visits.map((v) => v[key]),
        unit,
      );
    row(`campaign page, ${name}: first paint`, of("paint", seconds), name.startsWith("slow") ? "2.0 s" : "");
    row(`… form usable`, of("form", seconds), name.startsWith("slow") ? "3.0 s" : "");
    row(
      `… layout shift until nothing moves`,
      of("shifted", (x) => x.toFixed(3)),
      "0",
    );
    row(`… over the network until the form, and in all`, `${kB(visits[0].scripts)}, ${kB(visits[0].bytes)}`, "");
  }
  const feed = await answerOf(`${env.service.url}/v1/campaigns/${campaign}/feed?limit=24`);
  row(`feed answer, ${feed.items} stories: sent, uncompressed`, `${kB(feed.sent)}, ${kB(feed.plain)}`, "compressed");
  row("poster of 720p: shown, as JPEG", (await posterOf(env)).map(kB).join(", "), "smaller");
  const elements = await elementsOnPage(env);
  row("two elements on a brand's page: files, bytes before data", `${elements.files}, ${kB(elements.bytes)}`, "");
  const { visits, top, focused } = await sending(env);
  for (const [i, who] of ["new", "returning"].entries())
    row(
      `to send a story, ${who} visitor: taps, typed fields`,
      `${visits[i].taps}, ${visits[i].typed}`,
      i ? "5, 2" : "",
    );
  row("result after sending: top of 844 px, focus", `${top} px, ${focused}`, "in view, focused");
  const large = await largeFile(env);
  row(`check of a file of ${kB((await stat(large.file)).size)} before sending`, seconds(large.checked), "");
}

async function staffPart(story) {
  row("feed: from the click to the first frame", spread(await repeat(play), seconds), "");
  const { page, context } = await enterReview(env);
  row("review: from the request to the first frame", spread(await repeat(() => reviewLoad(page)), seconds), "");
  await context.close();
  const places = await reviewPlaces(env);
  row("review: top of the story's words at 1440×900", `${places.words} px`, "above the fold");
  row("review: top of Approve on a phone of 844 px", `${places.approve} px`, "fixed, in reach");
  const paced = await decide(env, Math.min(60, decisions), { think: 1000 });
  const frames = sorted(paced.frames);
  row("review by keyboard, 1 s on each: decisions per hour", Math.round(paced.perHour), "600");
  row("… next frame: p50, p90, longest", [0.5, 0.9, 1].map((p) => seconds(at(frames, p))).join(", "), "");
  const late = await decide(env, decisions, { late: 250 });
  row(`decisions refused to their author, of ${decisions}, answers 250 ms late`, late.refused, "0");
  await copyStories(env.service, story.id, 2000, { after: 1000 });
  const { load, tops, search } = await board(env);
  row("board of 2000 stories: first load, search", `${seconds(load)}, ${Math.round(search)} ms`, "");
  row("… top of the first card", tops.map(([w, y]) => `${y} px at ${w}`).join(", "), "250 px at 1440");
}

try {
  const story = await env.published(
    { song: "Heroes", artist: "David Bowie" },
    { width: 720, height: 1280, seconds: 6 },
  );
  const waiting = await env.story({ song: "Waiting" }, { seconds: 2 });
  await copyStories(env.service, story.id, 30);
  await copyStories(env.service, waiting.id, decisions + 80, {
    after: 1_000_000,
    each: { song: `json_object('title', printf('Song %d', i), 'artist', 'Band')` },
  });
  console.log(`${cpus().length} × ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)}, ${runs} runs each\n`);
  row("what", "measured: median (least to greatest)", "target");
  console.log("|---|---|---|");
  await phonePart();
  await staffPart(story);
} finally {
  await env.close();
}
