import assert from "node:assert/strict";
import { test } from "node:test";
import { leaveDialog } from "./lib/browser.mjs";
import { eventually, limit, startEnv } from "./lib/env.mjs";
import { current, enterReview, nextAfter, ready } from "./lib/review.mjs";
import { campaign } from "./lib/service.mjs";

const second = "second@demo.storyreel.example";
const held = (page) => page.locator('[aria-label="Your stories"] li strong').allInnerTexts();

test("two moderators never hold the same story", limit, async (t) => {
  const env = await startEnv(t);
  await env.service.cli("user", "create", second, "--role", "moderator", "--name", "Second moderator");
  await Promise.all(Array.from({ length: 8 }, (_, i) => env.story({ song: `Song ${i}` })));
  const [a, b] = await Promise.all([enterReview(env), enterReview(env, second)]);
  await Promise.all([a, b].map(({ page }) => page.locator("video").first().waitFor()));
  const [first, other] = [await held(a.page), await held(b.page)];
  assert.ok(first.length > 0 && other.length > 0, "somebody got nothing");
  assert.deepEqual(
    first.filter((s) => other.includes(s)),
    [],
  );
  a.quiet();
  b.quiet();
});

test("a moderator approves, rejects, escalates, skips and undoes by keyboard", limit, async (t) => {
  const env = await startEnv(t);
  const { service } = env;
  const sent = {};
  for (let i = 0; i < 5; i++) sent[`Song ${i}`] = await env.story({ song: `Song ${i}` });
  const { page, quiet } = await enterReview(env);
  await page.locator("video:visible").first().waitFor();

  // The keys do nothing while somebody types.
  const before = await current(page);
  await page.keyboard.press("n");
  await page.keyboard.type("are skies ");
  assert.equal(await current(page), before);
  assert.equal(await page.getByLabel("Note for colleagues").inputValue(), "are skies ");
  await page.getByLabel("Note for colleagues").fill("");
  await page.keyboard.press("Escape");
  assert.ok(await page.evaluate(() => document.activeElement === document.body), "Escape leaves the note");

  await page.keyboard.press(" ");
  await page.waitForFunction(() =>
    [...document.querySelectorAll("video")].some((v) => v.checkVisibility() && v.currentTime > 0.2),
  );
  await page.keyboard.press("l");
  await page.getByText("1.25×", { exact: false }).first().waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await leaveDialog(page);

  await ready(page);
  await page.keyboard.press("a");
  await page.getByText(`Approved: About “${before}”.`).first().waitFor();
  await page.keyboard.press("z");
  await page.waitForFunction(
    (s) => document.querySelector('li[aria-current="true"] strong')?.textContent === s,
    before,
  );

  await ready(page);
  await page.keyboard.press("a");
  const rejected = await nextAfter(page, before);
  await page.keyboard.press("r");
  await page.getByText("Why?").waitFor();
  await page.keyboard.press("3");
  const escalated = await nextAfter(page, rejected);
  await page.keyboard.press("e");
  await page.keyboard.press("5");
  const skipped = await nextAfter(page, escalated);
  await page.keyboard.press("s");
  await nextAfter(page, skipped);

  assert.equal((await service.until(sent[before].id, sent[before].token, "published")).state, "published");
  const no = await service.until(sent[rejected].id, sent[rejected].token, "rejected");
  assert.equal(no.reason.code, "quality");
  const lead = await service.keyOf("lead");
  await eventually(
    async () => (await service.call("GET", `/v1/stories/${sent[escalated].id}`, undefined, lead)).escalated,
    "the story is escalated",
  );
  assert.equal((await service.call("GET", `/v1/stories/${sent[skipped].id}`)).state, "in_review");
  quiet();
});

test("an approved story plays as HLS on the feed; hiding, a conflict and restoring", limit, async (t) => {
  const env = await startEnv(t);
  const { service } = env;
  const wide = await env.published(
    { song: "Imagine", artist: "John Lennon", name: "Yoko", country: "JP" },
    { width: 960, height: 540, seconds: 4 },
  );
  const { page, quiet } = await env.visitor();
  const asked = [];
  page.on("request", (r) => asked.push(r.url()));
  await page.goto(`${service.url}/c/${campaign}`);
  assert.ok(!asked.some((u) => /hls/.test(u)), "the player was loaded before anything was played");
  await page.getByRole("button", { name: "Play About “Imagine”", exact: false }).click();
  const video = page.locator("dialog video");
  await video.waitFor();
  await page.waitForFunction(() => document.querySelector("dialog video").currentTime > 0.5);
  const size = await video.evaluate((v) => [v.videoWidth, v.videoHeight, v.currentSrc]);
  assert.ok(
    asked.some((u) => u.includes(".m3u8")),
    "no playlist was asked for",
  );
  assert.ok(
    asked.some((u) => /\.(m4s|mp4)/.test(u)),
    "no segment was asked for",
  );
  assert.ok(Math.abs(size[0] / size[1] - 16 / 9) < 0.02, `the video is ${size[0]}×${size[1]}`);
  assert.ok(size[0] > 0 && size[0] <= 960);
  assert.match(size[2], /^blob:|m3u8/);
  quiet();

  const staff = await enterReview(env);
  await staff.page.getByRole("button", { name: "Decided" }).click();
  await staff.page.getByLabel("Song, artist, name, story id or link").fill("lennon");
  await staff.page.getByRole("dialog").getByRole("search").getByRole("button", { name: "Find" }).click();
  await staff.page.getByRole("dialog").getByRole("button", { name: "About “Imagine”" }).click();
  await staff.page.getByLabel("Why?").selectOption("rights");
  // A colleague is faster: the page shows who did what, and the current story.
  await service.call("POST", `/v1/stories/${wide.id}/decisions`, { action: "hide", reason: "quality" });
  await staff.page.getByRole("button", { name: "Hide" }).click();
  await staff.page.locator("dialog").getByText("Already hidden by", { exact: false }).waitFor();
  await staff.page.locator('dialog [data-state="hidden"]').waitFor();
  // Clearing up raises the version between the look and the word: no conflict for a person.
  await staff.page.route(
    `**/v1/stories/${wide.id}/decisions`,
    async (route) => {
      const { version } = route.request().postDataJSON();
      for (let n = 0; n < 30 && (await service.call("GET", `/v1/stories/${wide.id}`)).version === version; n++)
        await new Promise((r) => setTimeout(r, 100));
      await route.continue();
    },
    { times: 1 },
  );
  await staff.page.getByRole("button", { name: "Restore" }).click();
  await service.until(wide.id, wide.token, "published");
  staff.quiet();
});
