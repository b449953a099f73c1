// What the public sees: the sheet of stories by keyboard, the player, sharing.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { startBrowser, visitor } from "./lib/browser.mjs";
import { clipFolder } from "./lib/clips.mjs";
import { campaign, startService } from "./lib/service.mjs";

let service, browser, clips;
const songs = [
  ["Heroes", "David Bowie"],
  ["Jolene", "Dolly Parton"],
  ["Yellow", "Coldplay"],
];

before(async () => {
  clips = await clipFolder();
  service = await startService();
  browser = await startBrowser();
  for (const [i, [song, artist]] of songs.entries()) {
    const sent = await service.submit(await clips.clip(`${i}.mp4`, { hue: i * 100 }), { song, artist });
    await service.publish(sent);
    await service.caption(sent);
  }
});
afterEach(() => Promise.all(browser.contexts().map((c) => c.close())));
after(async () => {
  await browser?.close();
  await service?.stop();
  await clips?.remove();
});

/** The feed once all stories are on it; caches may answer with that of a moment ago. */
async function feed(page) {
  for (let left = 10; left > 0; left--) {
    await page.goto(`${service.url}/c/${campaign}`);
    await page.locator("article").first().waitFor();
    if ((await page.locator("article").count()) === songs.length) return;
    await page.waitForTimeout(2000);
  }
  assert.fail("the feed does not show every story");
}

test("frames, player and neighbours by keyboard alone; the film plays with captions", { timeout: 90_000 }, async () => {
  const { page, quiet } = await visitor(browser);
  await feed(page);
  const frames = page.locator("article button");
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

test("a story is shared by its own page: copied, or there to be copied by hand", { timeout: 60_000 }, async () => {
  const { page, context, quiet } = await visitor(browser);
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "canShare", { value: undefined }));
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: service.url });
  await feed(page);
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

test("filters narrow the sheet and say when nothing is left", { timeout: 60_000 }, async () => {
  const { page, quiet } = await visitor(browser);
  await feed(page);
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
