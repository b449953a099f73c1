// What the public sees: the sheet of stories by keyboard, the player, sharing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { limit, startEnv } from "./lib/env.mjs";
import { campaign } from "./lib/service.mjs";

const songs = [
  ["Heroes", "David Bowie"],
  ["Jolene", "Dolly Parton"],
  ["Yellow", "Coldplay"],
];

/** A visitor of the feed, on which all songs are. */
async function feed(env) {
  const sent = await Promise.all(songs.map(([song, artist]) => env.published({ song, artist }, { seconds: 3 })));
  await Promise.all(sent.map((s) => env.service.caption(s)));
  const v = await env.visitor();
  await v.page.goto(`${env.service.url}/c/${campaign}`);
  await v.page
    .locator("article")
    .nth(songs.length - 1)
    .waitFor();
  return v;
}

test("frames, player and neighbouring stories by keyboard alone; the video plays with captions", limit, async (t) => {
  const env = await startEnv(t);
  const { page, quiet } = await feed(env);
  const frames = page.locator("article button");
  const [newest] = (await env.service.call("GET", `/v1/campaigns/${campaign}/feed`)).items;
  const rgb = [1, 3, 5].map((i) => parseInt(newest.poster_color.slice(i, i + 2), 16));
  const ground = await frames.first().evaluate((b) => getComputedStyle(b).backgroundColor);
  assert.equal(ground, `rgb(${rgb.join(", ")})`, "the place of a poster has its color");
  await frames.first().focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await frames.nth(1).evaluate((b) => b === document.activeElement), true);
  await page.keyboard.press("Enter");
  const title = page.locator("dialog h2");
  await title.waitFor();
  const second = await title.textContent();
  await page.waitForFunction(() => {
    const video = document.querySelector("dialog video");
    return video?.currentTime > 0.3 && video.videoWidth > 0 && video.textTracks[0]?.mode === "showing";
  });
  await page.keyboard.press("n");
  await page.waitForFunction((was) => document.querySelector("dialog h2").textContent !== was, second);
  await page.keyboard.press("p");
  await page.waitForFunction((was) => document.querySelector("dialog h2").textContent === was, second);
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.equal(await frames.nth(1).evaluate((b) => b === document.activeElement), true, "the focus did not come back");
  quiet();
});

test("a story is shared by its own page: copied, or there to be copied by hand", limit, async (t) => {
  const env = await startEnv(t);
  const { service } = env;
  const { page, context, quiet } = await feed(env);
  await page.evaluate(() => Object.defineProperty(Navigator.prototype, "canShare", { value: undefined }));
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: service.url });
  await page.locator("article button").first().click();
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByText("Link copied.").waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(link, new RegExp(`^${service.url}/v/[0-9a-f-]{36}$`));
  await page.evaluate(
    () => (navigator.clipboard.writeText = () => Promise.reject(new DOMException("no", "NotAllowedError"))),
  );
  await page.getByRole("button", { name: "Share" }).click();
  assert.equal(await page.getByLabel("Link to this story").inputValue(), link);
  quiet();
});

test("filters narrow the list and show when it is empty", limit, async (t) => {
  const env = await startEnv(t);
  const { page, quiet } = await feed(env);
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByLabel("Song title").fill("Jolene");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll("article").length === 1);
  await page.getByLabel("Song title").fill("no such song");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByText("No story matches", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.waitForFunction((n) => document.querySelectorAll("article").length === n, songs.length);
  quiet();
});
