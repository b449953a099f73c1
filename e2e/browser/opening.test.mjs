// What a campaign's page shows before its scripts have arrived, and how light its feed is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { holdsToRules } from "./lib/browser.mjs";
import { eventually, limit, startEnv } from "./lib/env.mjs";
import { campaign } from "./lib/service.mjs";

test("the head of a campaign can be read before its scripts run, and nothing moves when they do", limit, async (t) => {
  const { service, visitor } = await startEnv(t);
  const { page, quiet } = await visitor({ viewport: { width: 390, height: 844 }, colorScheme: "dark" });
  await page.addInitScript(() => {
    globalThis.shifted = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((e) => (globalThis.shifted += e.value))).observe({
      type: "layout-shift",
      buffered: true,
    });
  });
  let release;
  const held = new Promise((r) => (release = r));
  const asked = [];
  page.on("request", (r) => asked.push(new URL(r.url()).pathname));
  await page.route("**/assets/*.js", async (route) => (await held, route.continue()));
  await page.goto(`${service.url}/c/${campaign}`, { waitUntil: "commit" });
  const heading = page.getByRole("heading", { level: 1 });
  await heading.waitFor();
  const before = await heading.boundingBox();
  assert.match(await heading.innerText(), /#/);
  assert.ok(await page.locator(".question").isVisible());
  release();
  await page.getByText("Record a video now").or(page.getByText("Choose a file")).first().waitFor();
  assert.equal(await heading.count(), 1, "the first view is replaced");
  const after = await heading.boundingBox();
  assert.ok(Math.abs(after.y - before.y) <= 1 && Math.abs(after.x - before.x) <= 1, JSON.stringify([before, after]));
  assert.ok((await page.evaluate(() => globalThis.shifted)) < 0.001);
  assert.ok(!asked.includes(`/v1/campaigns/${campaign}`), "the campaign came with the page");
  quiet();
});

test("an unknown campaign has a page with the status of the error", limit, async (t) => {
  const { service, visitor } = await startEnv(t);
  const { page } = await visitor();
  const response = await page.goto(`${service.url}/c/nothing-here`);
  assert.equal(response.status(), 404);
  await page.getByText("There is no such campaign", { exact: false }).waitFor();
});

test("the feed shows the smaller poster", limit, async (t) => {
  const { service, visitor, published } = await startEnv(t);
  const { id } = await published({ song: "Heroes", artist: "David Bowie" }, { width: 360, height: 640 });
  await eventually(async () => {
    const answer = await fetch(`${service.url}/v1/feed/${id}`);
    return (await answer.json()).poster_modern;
  }, "the ladder, whose poster is smaller");
  const { page, quiet } = await visitor();
  await page.goto(`${service.url}/c/${campaign}`);
  const poster = page.locator("article img").first();
  await poster.scrollIntoViewIfNeeded();
  await page.waitForFunction(() => document.querySelector("article img")?.naturalWidth > 0);
  assert.match(await poster.evaluate((img) => img.currentSrc), /\.webp$/);
  quiet();
});

test("a story's own page leads to its campaign and to more stories, those of its song first", limit, async (t) => {
  const { service, visitor, published } = await startEnv(t);
  await published({ song: "Heroes", artist: "David Bowie", name: "First" }, { seconds: 1 });
  await published({ song: "Yellow", artist: "Coldplay", name: "Second" }, { seconds: 1 });
  const own = await published({ song: "Heroes", artist: "David Bowie", name: "Third" }, { seconds: 1 });
  const { page, quiet } = await visitor();
  await page.goto(`${service.url}/v/${own.id}`);
  const more = page.getByRole("region", { name: "More stories" });
  await more.waitFor();
  const cards = more.getByRole("article");
  assert.equal(await cards.count(), 2);
  assert.match(await cards.nth(0).innerText(), /First/);
  assert.match(await cards.nth(1).innerText(), /Second/);
  assert.equal(await page.getByRole("link", { name: "Page of this story" }).count(), 0);
  await holdsToRules(page, "share page", [320, 360, 1440]);
  await page.setViewportSize({ width: 1280, height: 900 });
  await cards.nth(1).getByRole("button").first().click();
  await page.waitForURL((u) => u.pathname.startsWith("/v/") && !u.pathname.includes(own.id));
  await page.getByRole("heading", { level: 1, name: /Yellow/ }).waitFor();
  await page.getByRole("link", { name: /#/ }).first().click();
  await page.waitForURL(`**/c/${campaign}`);
  quiet();
});
