// The moderators' table: what stands where, what never moves, and what is not decided unseen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { limit, startEnv } from "./lib/env.mjs";
import { current, enterReview, nextAfter, ready } from "./lib/review.mjs";

const box = (locator) => locator.boundingBox();
const approve = (page) => page.getByRole("button", { name: "Approve" });

test("a double press decides one story, and an unplayed one is marked", limit, async (t) => {
  const env = await startEnv(t);
  for (let i = 0; i < 3; i++) await env.story({ song: `Song ${i}` }, { seconds: 1 });
  const { page, quiet } = await enterReview(env);
  await ready(page);
  await page.keyboard.press(" ");
  await page.waitForFunction(() => document.querySelector("video").currentTime > 0.2);
  const first = await current(page);
  await page.keyboard.press("a", { delay: 0 });
  await page.keyboard.press("a", { delay: 0 });
  const second = await nextAfter(page, first);
  assert.equal(await page.getByText("One more will be sent.", { exact: false }).count(), 0, "the second press rests");
  const toast = page.locator(".toast");
  assert.equal(await toast.getByText("Not played.", { exact: false }).count(), 0);
  await page.keyboard.press("a");
  await nextAfter(page, second);
  await toast.getByText("Not played.", { exact: false }).waitFor();
  quiet();
});

test("nothing is decided before the first frame, and nobody approves what cannot be shown", limit, async (t) => {
  const env = await startEnv(t);
  await env.story({ song: "Late" }, { seconds: 1 });
  const { page } = await enterReview(env);
  await ready(page);
  let go;
  const video = new Promise((resolve) => (go = resolve));
  await page.route(/review\.mp4/, async (route) => {
    await video;
    await route.abort();
  });
  const asked = page.waitForRequest(/review\.mp4/);
  await page.reload();
  await asked;
  await page.locator("video:visible").waitFor();
  const decided = page.getByText("Approved: About “Late”.");
  for (let i = 0; i < 5; i++) {
    await page.keyboard.press("a");
    await approve(page).click();
    await page.evaluate(() => new Promise((r) => setTimeout(r, 150)));
  }
  assert.equal(await decided.count(), 0, "no frame was shown");
  go();
  await ready(page);
  await page.keyboard.press("a");
  assert.equal(await decided.count(), 0, "the video cannot be shown");
  await page.keyboard.press("r");
  await page.keyboard.press("3");
  await page.getByText("Rejected: About “Late”.", { exact: false }).first().waitFor();
});

test("the frames come without moving anything, fit their strip, and are blurred with the video", limit, async (t) => {
  const env = await startEnv(t);
  for (const [width, height] of [
    [360, 640],
    [640, 360],
  ])
    await env.story({ song: `${width}×${height}` }, { width, height, seconds: 20 });
  const { page, quiet } = await enterReview(env);
  await page.setViewportSize({ width: 1440, height: 900 });
  await ready(page);
  for (let story = 0; story < 2; story++) {
    let go;
    const sheet = new Promise((resolve) => (go = resolve));
    await page.route(/storyboard.*\.vtt/, async (route) => {
      await sheet;
      await route.continue();
    });
    await page.reload();
    await ready(page);
    const before = await Promise.all([box(approve(page)), box(page.getByRole("heading", { level: 2 }))]);
    assert.equal(await page.locator("[data-frame]").count(), 0);
    go();
    await page.locator("[data-frame]").first().waitFor();
    const after = await Promise.all([box(approve(page)), box(page.getByRole("heading", { level: 2 }))]);
    assert.deepEqual(after, before);
    const strip = await page.getByRole("group", { name: "Frames" }).evaluate((e) => {
      const frame = e.getBoundingClientRect();
      const tiles = [...e.querySelectorAll("button")].map((b) => b.getBoundingClientRect());
      return {
        tiles: tiles.length,
        outside: tiles.filter((b) => b.left < frame.left || b.right > frame.right || b.bottom > frame.bottom).length,
        scrolls: [...e.querySelectorAll("*")].some((x) => x.scrollWidth > x.clientWidth && x.clientWidth > 0),
      };
    });
    assert.ok(strip.tiles > 4, `${strip.tiles} frames`);
    assert.deepEqual([strip.outside, strip.scrolls], [0, false]);
    await page.unroute(/storyboard.*\.vtt/);
    if (story === 0) {
      const song = await current(page);
      await page.keyboard.press("s");
      await nextAfter(page, song);
    }
  }
  const clear = () =>
    page.evaluate(
      () =>
        [...document.querySelectorAll(".cover :is(video, img, [data-frame])")].filter(
          (e) => !/blur\([1-9]/.test(getComputedStyle(e).filter),
        ).length,
    );
  assert.ok((await clear()) > 0);
  await page.keyboard.press("b");
  assert.equal(await clear(), 0, "every frame of the story is blurred");
  await page.getByRole("button", { name: "Remove blur" }).click();
  assert.ok((await clear()) > 0);
  quiet();
});

test("what must be read stands above the fold, with seven duplicates", limit, async (t) => {
  const env = await startEnv(t);
  const { service, clips } = env;
  const file = await clips.clip("same.mp4", { hue: 90, seconds: 3 });
  const words = {
    song: "Heroes",
    artist: "David Bowie",
    name: "Ana",
    country: "DE",
    text: "Berlin, the night the trains stopped. We sang it all the way home. ".repeat(6),
    link: "https://www.deezer.com/track/1",
  };
  for (let i = 0; i < 8; i++) await service.submit(file, { ...words, song: `Heroes ${i}` });
  const { page, quiet } = await enterReview(env);
  await page.setViewportSize({ width: 1440, height: 900 });
  await ready(page);
  const likely = page.getByRole("region", { name: "Possible duplicates" });
  await likely.getByRole("button", { name: "4 more" }).waitFor();
  const places = await Promise.all(
    [
      page.getByRole("heading", { level: 2 }),
      page.getByText("Berlin, the night", { exact: false }),
      page.getByText("(www.deezer.com)"),
      page.locator("video:visible"),
      page.locator(".flags"),
      approve(page),
      likely,
    ].map(box),
  );
  for (const p of places) assert.ok(p.y >= 0 && p.y + p.height <= 900, JSON.stringify(places));
  assert.equal(new Set(await likely.getByRole("listitem").evaluateAll((all) => all.map((e) => e.offsetTop))).size, 1);
  assert.equal(await page.locator("details[open]").count(), 0, "technical data and history are folded");
  quiet();
});

test("on a phone the player is on top and the decisions are in reach", limit, async (t) => {
  const env = await startEnv(t);
  for (let i = 0; i < 2; i++) await env.story({ song: `Song ${i}`, text: "Long. ".repeat(200) }, { seconds: 1 });
  const { page, quiet } = await enterReview(env);
  await page.setViewportSize({ width: 390, height: 844 });
  await ready(page);
  assert.ok((await box(page.locator("video:visible"))).y < 300, "the player is on top");
  await page.mouse.wheel(0, 1200);
  await page.waitForFunction(() => scrollY > 300);
  const bar = await Promise.all(
    ["Approve", "Reject", "Escalate", "Skip"].map((name) => box(page.getByRole("button", { name }))),
  );
  for (const b of bar) {
    assert.ok(b.y > 844 - 120 && b.y + b.height <= 844, JSON.stringify(bar));
    assert.ok(b.height >= 44);
  }
  await page.getByRole("button", { name: "Reject" }).click();
  const sheet = await box(page.getByRole("group", { name: "Why?" }));
  assert.ok(Math.abs(sheet.y + sheet.height - 844) < 2 && sheet.width === 390, JSON.stringify(sheet));
  await page.getByRole("button", { name: "Cancel" }).click();
  const song = await current(page);
  await approve(page).click();
  await nextAfter(page, song);
  const player = await box(page.locator("video:visible"));
  assert.ok(player.y >= 0 && player.y < 300, "the next story begins at its player");
  quiet();
});

test("an empty queue fills by itself", limit, async (t) => {
  const env = await startEnv(t);
  const { page, quiet } = await enterReview(env);
  await page.getByText("No story is waiting for a decision.").waitFor();
  await env.story({ song: "First" }, { seconds: 1 });
  await ready(page);
  assert.equal(await current(page), "First");
  quiet();
});
