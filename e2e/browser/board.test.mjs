import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { signIn } from "./lib/browser.mjs";
import { limit, startEnv } from "./lib/env.mjs";

const songs = [
  ["Heroes", "David Bowie", "DE"],
  ["Jolene", "Dolly Parton", "US"],
  ["Africa", "Toto", "US"],
  ["Yellow", "Coldplay", "GB"],
];
const cards = (page) => page.locator('section[aria-label="Stories"] article');

test("a creative searches, shortlists, fills three ads and exports", limit, async (t) => {
  const env = await startEnv(t);
  const { service } = env;
  for (const [song, artist, country] of songs) {
    await env.published({ song, artist, country, text: `I heard ${song} on the radio.` });
  }
  const { page, quiet } = await env.visitor();
  await signIn(page, await service.link("creative@demo.storyreel.example", "board"), "/board");
  await cards(page).nth(3).waitFor();

  // Search as one types; the address is the state.
  await page.getByLabel("Search title", { exact: false }).fill("jolene rad");
  await page.waitForFunction(() => document.querySelectorAll('section[aria-label="Stories"] article').length === 1);
  assert.match(page.url(), /q=jolene/);
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll('section[aria-label="Stories"] article').length === 1);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.getByLabel("Country").selectOption("US");
  await page.waitForFunction(() => document.querySelectorAll('section[aria-label="Stories"] article').length === 2);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await cards(page).nth(3).waitFor();

  // Shortlist with a note.
  await page.getByRole("button", { name: "Play About “Heroes”", exact: false }).click();
  await page.getByRole("dialog").getByLabel("Note").fill("Warm opening line");
  await page.getByRole("dialog").getByRole("button", { name: "Shortlist" }).click();
  await page.getByText("Saved.").waitFor();
  await page.keyboard.press("Escape");
  await page.getByLabel("Shortlist only (1)").check();
  await page.waitForFunction(() => document.querySelectorAll('section[aria-label="Stories"] article').length === 1);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await cards(page).nth(3).waitFor();

  // Compare two, of which one is unmuted at a time.
  for (const song of ["Africa", "Yellow"])
    await cards(page).filter({ hasText: song }).getByRole("button", { name: "Compare" }).click();
  await page.getByText("2 stories to compare.").waitFor();
  await page.getByRole("button", { name: "Watch side by side" }).click();
  await page.getByRole("button", { name: "Play all" }).click();
  await page.waitForFunction(
    () => [...document.querySelectorAll("dialog video")].filter((v) => v.currentTime > 0.2).length === 2,
  );
  assert.deepEqual(await page.locator("dialog video").evaluateAll((all) => all.map((v) => v.muted).sort()), [
    false,
    true,
  ]);
  assert.match(page.url(), /compare=/);
  await page.reload(); // a comparison is a link as well
  await page.waitForFunction(() => document.querySelectorAll("dialog video").length === 2);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Clear comparison" }).click();

  // Three ads: by the story's own menu, by a number key, by dragging.
  await page.getByRole("button", { name: "Play About “Heroes”", exact: false }).click();
  await page.getByLabel("Start of the part that is used").focus();
  for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowRight");
  await page.getByText("0:00.5–0:0", { exact: false }).waitFor();
  await page.getByRole("dialog").getByLabel("Ad", { exact: true }).selectOption({ index: 1 });
  await page.getByRole("dialog").getByRole("button", { name: "Use in this ad" }).click();
  await page.getByText("Used in ad-1.").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Play About “Jolene”", exact: false }).focus();
  await page.keyboard.press("2");
  await page.getByText("2 of 3").waitFor();
  const slots = page.locator('section[aria-labelledby="slots-title"] li');
  await cards(page).filter({ hasText: "Toto" }).dragTo(slots.nth(2));
  await page.getByText("3 of 3").waitFor();
  await slots.nth(1).getByRole("button", { name: "Remove the story from" }).click();
  await page.getByText("2 of 3").waitFor();
  await page.getByRole("button", { name: "Play About “Yellow”", exact: false }).focus();
  await page.keyboard.press("2");
  await page.getByText("3 of 3").waitFor();

  const [json] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Export JSON" }).click(),
  ]);
  const { items } = JSON.parse(await readFile(await json.path(), "utf8"));
  assert.deepEqual(
    items.map((i) => i.song.title),
    ["Heroes", "Yellow", "Africa"],
  );
  assert.equal(items[0].note, "Warm opening line");
  assert.deepEqual([items[0].from_ms, items[1].from_ms], [500, 0]);
  assert.ok(items[0].to_ms >= 1900 && items[0].to_ms <= 2100, `the cut ends at ${items[0].to_ms} ms`);
  assert.ok(
    items.every((i) => i.blocking.join() === "unconfirmed"),
    "nobody has confirmed anything yet",
  );
  assert.ok(items.every((i) => i.usable && i.source_url && i.release_text.length > 20));
  const [csv] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Export CSV" }).click(),
  ]);
  assert.equal((await readFile(await csv.path(), "utf8")).trim().split("\n").length, 4);
  quiet();
});
