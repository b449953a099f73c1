// The creative team's board: search and filters, keys, the panel, ads and what is handed over.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ann, card, cards, enterBoard, filterBy, onCard, setCampaign, shown, titles } from "./lib/board.mjs";
import { leaveDialog, signIn } from "./lib/browser.mjs";
import { limit, startEnv } from "./lib/env.mjs";
import { campaign } from "./lib/service.mjs";

const songs = [
  ["Heroes", "David Bowie", "DE"],
  ["Jolene", "Dolly Parton", "US"],
  ["Africa", "Toto", "US"],
  ["Yellow", "Coldplay", "GB"],
];

/** An environment whose board has a story of each of the songs; the last one comes first. */
async function startBoard(t, words = songs) {
  const env = await startEnv(t);
  const sent = [];
  for (const [song, artist, country] of words)
    sent.push(await env.published({ song, artist, country, text: `I heard ${song} on the radio.` }));
  return { ...env, sent };
}

test("results come first, and search, filters and ads stay in sight", limit, async (t) => {
  const env = await startBoard(t);
  const { page, quiet } = await enterBoard(env, ann, "/board", { viewport: { width: 1440, height: 900 } });
  await shown(page, 4);
  const top = () =>
    cards(page)
      .first()
      .evaluate((e) => e.getBoundingClientRect().top);
  assert.ok((await top()) <= 250, `the first card is at ${await top()} px`);
  for (const [width, height] of [
    [768, 1024],
    [390, 844],
  ]) {
    await page.setViewportSize({ width, height });
    await page.waitForFunction((w) => innerWidth === w, width);
    assert.ok((await top()) < height * 0.65, `the first card is at ${await top()} of ${height} px at ${width} px`);
  }

  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 490 });
    await page.evaluate(() => scrollTo(0, 300));
    await page.waitForFunction(() => scrollY > 90);
    for (const part of ["[role=search]", "section[aria-labelledby=slots-title]"]) {
      const box = await page.locator(part).boundingBox();
      assert.ok(box.y >= -1 && box.y < 250, `${part} is at ${box.y} px after scrolling at ${width} px`);
    }
  }
  quiet();
});

test("filters take several values and exclusion, count after the others, and live in the address", limit, async (t) => {
  const env = await startBoard(t);
  const { page, quiet } = await enterBoard(env);
  await shown(page, 4);

  // By keyboard: the filter, its beginning, the value.
  const field = page.locator("[role=search] [role=combobox]");
  await field.focus();
  await page.keyboard.type("cou");
  await page.getByRole("option", { name: "Country" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("option", { name: /United States\s*2/ }).waitFor();
  await page.keyboard.type("german"); // a country's name in words
  await page.waitForFunction(() => document.querySelectorAll("[role=option]").length === 1);
  await page.keyboard.press("Enter");
  await shown(page, 1);
  await page.keyboard.type("united k");
  await page.getByRole("option", { name: /United Kingdom\s*1/ }).waitFor(); // its own filter does not narrow it
  await page.waitForFunction(() => document.querySelectorAll("[role=option]").length === 1);
  await page.keyboard.press("Enter");
  await shown(page, 2);
  assert.deepEqual(new URL(page.url()).searchParams.getAll("country"), ["DE", "GB"]);
  await page.keyboard.press("Escape");

  // Another filter is counted after the first.
  await field.click();
  await page.getByRole("option", { name: "Artist", exact: true }).click();
  await page.getByRole("option", { name: /bowie/i }).waitFor();
  assert.equal(await page.locator("[role=option]").count(), 2, "artists of other countries are not counted");
  await page.getByRole("button", { name: "Artist is" }).click();
  await page.getByRole("option", { name: /bowie/i }).click();
  await shown(page, 1);
  assert.match(page.url(), /not_artist=/);
  await page.keyboard.press("Escape");

  // A view is its address; a chip can be turned around and removed by key.
  await page.reload();
  await shown(page, 1);
  assert.deepEqual(await titles(page), ["About “Yellow”"]);
  await page.getByRole("button", { name: /Artist is not .* turn it around/i }).click();
  await shown(page, 1);
  assert.deepEqual(await titles(page), ["About “Heroes”"]);
  await page.getByRole("button", { name: /Remove the filter Artist/ }).click();
  await shown(page, 2);
  await page.getByRole("button", { name: "Remove the filter Country is Germany" }).focus();
  await page.keyboard.press("Backspace");
  await shown(page, 1);
  await page.keyboard.press("Delete"); // the focus is on the chip that is left
  await shown(page, 4);
  await page.waitForFunction(() => document.activeElement?.getAttribute("role") === "combobox");

  await filterBy(page, "Song", "Heroes");
  await shown(page, 1);
  await page.locator("[role=search] [role=combobox]").press("Backspace");
  await shown(page, 4);
  await page.getByLabel("Search title", { exact: false }).fill("jolene rad");
  await shown(page, 1);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await shown(page, 4);
  quiet();
});

test("words with a typing error find what was meant, and can be searched as typed", limit, async (t) => {
  const env = await startBoard(t);
  const { page, quiet } = await enterBoard(env);
  await shown(page, 4);
  await page.getByLabel("Search title", { exact: false }).fill("heros");
  await page.getByText("Showing results for heroes", { exact: false }).waitFor();
  await shown(page, 1);
  await page.getByRole("button", { name: "Search for heros" }).click();
  await page.getByText("Nothing matches", { exact: false }).waitFor();
  assert.match(page.url(), /exact=/);
  await page.getByRole("button", { name: "Clear filters" }).first().click();
  await shown(page, 4);
  quiet();
});

test("answers to a campaign's questions are filters", limit, async (t) => {
  const env = await startEnv(t);
  const { service } = env;
  await setCampaign(service, {
    questions: [{ id: "mood", label: "Your mood then", kind: "choice", choices: ["Happy", "Sad"] }],
  });
  await env.published({ song: "Heroes", artist: "David Bowie", answer: "mood=Happy" });
  await env.published({ song: "Hurt", artist: "Johnny Cash", answer: "mood=Sad" });
  const { page, quiet } = await enterBoard(env);
  await shown(page, 2);
  await filterBy(page, "Your mood then", "Sad");
  await shown(page, 1);
  assert.deepEqual(await titles(page), ["About “Hurt”"]);
  await page.getByRole("button", { name: "Remove the filter Your mood then is Sad" }).click();
  await shown(page, 2);
  quiet();
});

test("keys move, open, shortlist, select and fill ads, and can be switched off", limit, async (t) => {
  const env = await startBoard(t);
  const { page, quiet } = await enterBoard(env);
  await shown(page, 4); // Yellow, Africa, Jolene, Heroes
  await page.keyboard.press("j"); // with nothing focused
  await onCard(page, "About “Yellow”");
  await page.keyboard.press("ArrowRight");
  await onCard(page, "About “Africa”");
  await page.keyboard.press("j");
  await onCard(page, "About “Jolene”");
  await page.keyboard.press("k");
  await onCard(page, "About “Africa”");
  await page.keyboard.press("End");
  await onCard(page, "About “Heroes”");
  await page.keyboard.press("Home");
  await onCard(page, "About “Yellow”");

  await page.keyboard.press("s");
  await cards(page).first().getByRole("button", { name: "Shortlisted ✓" }).waitFor();
  await page.keyboard.press("2");
  await page.getByText("1 of 3").waitFor();
  await page.keyboard.press("x");
  await page.getByText("One selected").waitFor();
  await page.keyboard.press("End");
  await onCard(page, "About “Heroes”");
  await page.keyboard.press("Shift+X");
  await page.getByText("4 selected").waitFor();
  await page.getByRole("button", { name: "Clear selection" }).click();
  await cards(page)
    .nth(2)
    .locator("[data-open]")
    .click({ modifiers: ["Control"] });
  await page.getByText("One selected").waitFor();
  await cards(page)
    .nth(1)
    .locator("[data-open]")
    .click({ modifiers: ["Shift"] });
  await page.getByText("2 selected").waitFor();

  await card(page, "About “Africa”").focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("heading", { name: "About “Africa”" }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys of the board" }).waitFor();
  await page.getByLabel("Single letters and digits are commands").uncheck();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Keys of the board" }).waitFor({ state: "detached" });
  await page.keyboard.press("j");
  await page.keyboard.press("Escape");
  await onCard(page, "About “Africa”"); // J did nothing
  await page.keyboard.press("ArrowRight");
  await onCard(page, "About “Jolene”"); // arrows are no letters
  quiet();
});

test("the panel goes from story to story, plays the next by itself, and Back closes it", limit, async (t) => {
  const env = await startBoard(t);
  const { page, quiet } = await enterBoard(env);
  await shown(page, 4);
  await card(page, "About “Yellow”").click();
  const dialog = page.getByRole("dialog");
  const open = (title) => dialog.getByRole("heading", { name: title }).waitFor();
  await open("About “Yellow”");
  await dialog.getByText("1 of 4").waitFor();
  await page.keyboard.press("j");
  await open("About “Africa”");
  await dialog.getByRole("button", { name: "Next" }).click();
  await open("About “Jolene”");
  assert.match(page.url(), new RegExp(`story=${env.sent[1].id}`), "an open story can be passed on");
  await page.keyboard.press("k");
  await open("About “Africa”");

  // Player and trim are in sight together, and stay there.
  await page.setViewportSize({ width: 1280, height: 720 });
  const inSight = (part) =>
    part.evaluate((e) => {
      const { top, bottom } = e.getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    });
  const trim = dialog.getByLabel("Start of the part that is used");
  await trim.waitFor();
  await dialog.evaluate((e) => e.scrollTo(0, e.scrollHeight));
  assert.ok(await inSight(dialog.locator("video")), "the player is in sight");
  assert.ok(await inSight(trim), "the trim is in sight");

  await page.goBack();
  await dialog.waitFor({ state: "detached" });
  await onCard(page, "About “Africa”");
  await page.waitForURL((u) => !u.searchParams.has("story"));

  await page.keyboard.press("Enter");
  await open("About “Africa”");
  await dialog.getByLabel("Play the next by itself").check();
  await open("About “Jolene”"); // clips of two seconds
  await open("About “Heroes”");
  await page.keyboard.press("Escape");
  await onCard(page, "About “Heroes”");
  quiet();
});

test("landscape videos are shown whole, over two columns", limit, async (t) => {
  const env = await startEnv(t);
  await env.published({ song: "Heroes", artist: "David Bowie" });
  await env.published({ song: "Wide", artist: "Open" }, { width: 640, height: 360 });
  const { page, quiet } = await enterBoard(env);
  await shown(page, 2);
  const frames = await cards(page).evaluateAll((all) =>
    all.map((e) => {
      const frame = e.querySelector("[data-open]");
      return {
        width: frame.offsetWidth,
        height: frame.offsetHeight,
        fit: getComputedStyle(frame.querySelector("img:last-of-type")).objectFit,
      };
    }),
  );
  assert.ok(frames[0].width > 1.8 * frames[1].width, "a landscape video has two columns");
  assert.ok(Math.abs(frames[0].height - frames[1].height) <= 2, "frames of a row are equally high");
  assert.deepEqual(
    frames.map((f) => f.fit),
    ["contain", "contain"],
  );
  quiet();
});

test("the last campaign is remembered", limit, async (t) => {
  const env = await startBoard(t, songs.slice(0, 1));
  const admin = await env.service.keyOf("admin");
  await env.service.call(
    "POST",
    "/v1/campaigns",
    { slug: "second", title: "Second", hashtag: "S", prompt: "P" },
    admin,
  );
  const v = await env.visitor();
  await signIn(v.page, await env.service.link(ann, "board"), "/board");
  await v.page.getByLabel("Campaign").selectOption(campaign);
  await shown(v.page, 1);
  await v.page.goto(`${env.service.url}/board`);
  await shown(v.page, 1);
  await v.page.getByLabel("Campaign").selectOption("second");
  await v.page.getByText("No story is published yet", { exact: false }).waitFor();
  await v.page.goto(`${env.service.url}/board`);
  await v.page.getByText("No story is published yet", { exact: false }).waitFor();
  v.quiet();
});

test("three ads are filled and exported; a slot states what does not fit", limit, async (t) => {
  const env = await startBoard(t);
  await setCampaign(env.service, {
    slots: [
      { id: "ad-1", title: "TikTok spring", target_ms: 20_000, shape: "16:9", market: "DE" },
      { id: "ad-2" },
      { id: "ad-3" },
    ],
  });
  const { page, quiet } = await enterBoard(env);
  await shown(page, 4);

  // By the story's own form, by a number key, by dragging.
  await card(page, "About “Heroes”").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Start of the part that is used").focus();
  for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowRight");
  await page.getByText("0:00.5–0:0", { exact: false }).waitFor();
  await dialog.getByLabel("Ad", { exact: true }).selectOption({ index: 1 });
  await dialog.getByLabel("Why this story").fill("Warm opening line");
  await dialog.getByRole("button", { name: "Use in this ad" }).click();
  await dialog.getByText("Used in ad-1.").waitFor();
  await dialog.getByText("The cut is shorter than this ad.").waitFor();
  await leaveDialog(page);
  const slots = page.locator('section[aria-labelledby="slots-title"] li');
  for (const words of ["TikTok spring", "20 s", "16:9", "DE", "shorter than this ad", "another shape"])
    await slots.first().getByText(words, { exact: false }).first().waitFor();
  await card(page, "About “Jolene”").focus();
  await page.keyboard.press("2");
  await page.getByText("2 of 3").waitFor();
  await cards(page).filter({ hasText: "Toto" }).dragTo(slots.nth(2));
  await page.getByText("3 of 3").waitFor();
  await slots.nth(1).getByRole("button", { name: "Remove the story from" }).click();
  await page.getByText("2 of 3").waitFor();
  await card(page, "About “Yellow”").focus();
  await page.keyboard.press("2");
  await page.getByText("3 of 3").waitFor();
  await page.setViewportSize({ width: 1440, height: 900 });
  const { y } = await cards(page).first().boundingBox();
  assert.ok(y <= 250, `with filled slots the first card is at ${y} px`);

  await page.getByText("Hand over").click();
  const download = async (name) => {
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name }).click()]);
    return readFile(await file.path());
  };
  const { items } = JSON.parse(String(await download("Export JSON")));
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
  assert.equal(
    String(await download("Export CSV"))
      .trim()
      .split("\n").length,
    4,
  );
  assert.equal(String((await download("Spreadsheet (XLSX)")).subarray(0, 2)), "PK");
  quiet();
});
