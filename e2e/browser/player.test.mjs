// The player of published stories: its bar by pointer, keys and touch, and what it shows when a video fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import { holdsToRules } from "./lib/browser.mjs";
import { eventually, limit, startEnv } from "./lib/env.mjs";

/** The page of a published story with captions, and its player. */
async function open(env, options) {
  const sent = await env.published({ song: "Heroes", artist: "David Bowie" }, { seconds: 6 });
  await env.service.caption(sent);
  const v = await env.visitor(options);
  await v.page.goto(`${env.service.url}/v/${sent.id}`);
  const player = v.page.getByRole("group", { name: "About “Heroes”" });
  await player.getByRole("button", { name: "Play" }).waitFor();
  const video = (ask, arg) => v.page.locator("video").evaluate(ask, arg);
  const until = (ask) => eventually(() => video(ask), String(ask));
  return { ...v, sent, player, video, until };
}

test("the bar plays, seeks, mutes, shows captions and fills the screen, by pointer and by keys", limit, async (t) => {
  const env = await startEnv(t);
  const { page, player, video, until, quiet } = await open(env);
  const bar = player.locator(".bar");
  const opacity = () => bar.evaluate((e) => getComputedStyle(e).opacity);

  await video((v) => (v.loop = true));
  await page.locator("video").click({ position: { x: 60, y: 60 } });
  await until((v) => !v.paused && v.currentTime > 0.3);
  await player.getByRole("button", { name: "Pause" }).waitFor();
  await page.waitForFunction((e) => getComputedStyle(e).opacity === "0", await bar.elementHandle()); // nobody moves
  await page.mouse.move(200, 200);
  await page.mouse.move(220, 220);
  await page.waitForFunction((e) => getComputedStyle(e).opacity === "1", await bar.elementHandle());
  await player.getByRole("button", { name: "Pause" }).click();
  await until((v) => v.paused);
  assert.equal(await opacity(), "1", "a paused video keeps its bar");

  const position = player.getByRole("slider", { name: "Position" });
  await position.focus();
  await page.keyboard.press("Home");
  await until((v) => v.currentTime === 0);
  await page.keyboard.press("ArrowRight");
  await until((v) => v.currentTime === 5);
  assert.match(await position.getAttribute("aria-valuetext"), /^0:05 of 0:06$/);
  const box = await position.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const tip = player.locator(".tip");
  await tip.getByText("0:03").waitFor();
  await tip.locator(".tile").waitFor();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await until((v) => Math.abs(v.currentTime - 3) < 0.3);

  await page.keyboard.press("m");
  assert.ok(await video((v) => v.muted));
  await player.getByRole("button", { name: "Unmute" }).click();
  assert.equal(await video((v) => v.muted), false);
  await player.getByRole("slider", { name: "Volume" }).fill("0.5");
  assert.equal(await video((v) => v.volume), 0.5);

  const line = () => video((v) => v.textTracks[0].activeCues[0]?.line);
  await video((v) => (v.currentTime = 1));
  await until((v) => v.textTracks[0].activeCues.length === 1);
  await eventually(async () => (await line()) < -1, "captions above the bar");

  const captions = player.getByRole("button", { name: "Captions" });
  assert.equal(await captions.getAttribute("aria-pressed"), "true");
  await captions.click();
  assert.equal(await video((v) => v.textTracks[0].mode), "disabled");
  await page.waitForFunction(() => localStorage.getItem("storyreel.captions") === '"off"');

  await page.keyboard.press("f");
  await page.waitForFunction(() => document.fullscreenElement?.contains(document.querySelector("video")));
  await player.getByRole("button", { name: "Leave full screen" }).click();
  await page.waitForFunction(() => !document.fullscreenElement);
  await player.getByRole("button", { name: "Full screen", exact: true }).waitFor();
  await page.keyboard.press("Space"); // on a button: presses it, and does not play
  await page.waitForFunction(() => document.fullscreenElement);
  assert.ok(await video((v) => v.paused));
  await page.keyboard.press("Escape");
  await holdsToRules(page, "the page of a story", [1280, 320]);
  quiet();
});

test("on a phone a touch brings the bar of a playing video, and the next one pauses", limit, async (t) => {
  const env = await startEnv(t);
  const { page, player, video, until, quiet } = await open(env, {
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
  });
  const bar = await player.locator(".bar").elementHandle();
  const tap = () => page.locator("video").tap({ position: { x: 60, y: 60 } });
  assert.equal(await player.getByRole("slider", { name: "Volume" }).count(), 0, "phones have buttons for it");
  await video((v) => (v.loop = true));
  await tap();
  await until((v) => !v.paused && v.currentTime > 0.3);
  await page.waitForFunction((e) => getComputedStyle(e).opacity === "0", bar);
  await tap();
  await page.waitForFunction((e) => getComputedStyle(e).opacity === "1", bar);
  assert.equal(await video((v) => v.paused), false);
  // The bar leaves again if the next touch comes late.
  await eventually(async () => (await tap(), video((v) => v.paused)), "the pause");
  quiet();
});

test("a video that cannot be loaded is explained, and plays once it can be", limit, async (t) => {
  const env = await startEnv(t);
  const sent = await env.published({ song: "Heroes", artist: "David Bowie" });
  const { page } = await env.visitor();
  const media = /\.(m3u8|mp4)(\?|$)/;
  await page.route(media, (route) => route.abort());
  await page.goto(`${env.service.url}/v/${sent.id}`);
  const player = page.getByRole("group", { name: "About “Heroes”" });
  await player.getByRole("alert").getByText("cannot be played").waitFor();
  assert.equal(await player.getByRole("button", { name: "Play" }).count(), 0);
  await page.unroute(media);
  await player.getByRole("button", { name: "Try again" }).click();
  await page.waitForFunction(() => document.querySelector("video").currentTime > 0.3);
  assert.equal(await player.getByRole("alert").count(), 0);
});
