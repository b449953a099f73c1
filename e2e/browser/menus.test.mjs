// Menus, selects and bars of the staff pages: how they open and close, and how much they cover.
import assert from "node:assert/strict";
import { test } from "node:test";
import { card, cards, enterBoard, shown } from "./lib/board.mjs";
import { holdsToRules, leaveDialog } from "./lib/browser.mjs";
import { limit, startEnv } from "./lib/env.mjs";
import { enterReview, ready } from "./lib/review.mjs";

/** Opens the menu, and closes it in each way that there is. */
async function closes(page, name) {
  const summary = page.locator("summary").filter({ hasText: name });
  const menu = page.locator("details").filter({ has: summary });
  const closed = () => menu.and(page.locator(":not([open])")).waitFor();
  const open = async () => {
    await summary.click();
    await menu.and(page.locator("[open]")).waitFor();
  };
  const focused = () => summary.evaluate((e) => e === document.activeElement);

  await open();
  await page.keyboard.press("Tab");
  assert.equal(await focused(), false, "the focus is inside");
  await page.keyboard.press("Escape");
  await closed();
  assert.ok(await focused(), "Escape gives the focus back to the button");

  await open();
  await page.mouse.click(5, 400);
  await closed();

  await open();
  await page.keyboard.press("Shift+Tab");
  await closed();
}

test("menus close on Escape, on a press outside and when the focus leaves", limit, async (t) => {
  const env = await startEnv(t);
  const { published, story } = env;
  await published({ song: "Heroes", artist: "David Bowie" });
  await story({ song: "Jolene", artist: "Dolly Parton" });

  const board = await enterBoard(env);
  await shown(board.page, 1);
  for (const name of ["Saved searches", "Lists", "Hand over"]) await closes(board.page, name);
  assert.equal(await board.page.locator("dialog[open]").count(), 0);

  const review = await enterReview(env);
  await ready(review.page);
  await closes(review.page, "More");
  await review.page.locator("summary").filter({ hasText: "More" }).click();
  await review.page.getByRole("button", { name: "Policy" }).click();
  await review.page.locator("dialog[open]").waitFor();
  await leaveDialog(review.page);
  assert.ok(
    await review.page.evaluate(() => document.activeElement?.matches("details:not([open]) > summary")),
    "a dialog that a menu opened gives the focus back to the menu's button",
  );
  board.quiet();
  review.quiet();
});

test("on a phone the bar of selected stories is one row, and the rest is in its menu", limit, async (t) => {
  const env = await startEnv(t);
  await env.published({ song: "Heroes", artist: "David Bowie" });
  await env.published({ song: "Jolene", artist: "Dolly Parton" });
  const viewport = { width: 360, height: 640 };
  const { page, quiet } = await enterBoard(env, undefined, "/board", { viewport, hasTouch: true, isMobile: true });
  await shown(page, 2);
  for (const i of [0, 1]) await cards(page).nth(i).getByRole("checkbox").check();
  const bar = page.getByRole("region", { name: "Selected stories" });
  await bar.getByText("2 selected").waitFor();
  const { height } = await bar.boundingBox();
  assert.ok(height <= viewport.height * 0.15, `the bar is ${height} px high`);
  await bar.locator("summary").click();
  await bar.getByLabel("Tag for all").fill("night");
  await bar.getByRole("button", { name: "Add tag" }).click();
  await bar.getByText("2 stories have #night.").waitFor();
  await holdsToRules(page, "the open menu of the bar", [360]);
  await bar.getByRole("button", { name: "Watch side by side" }).click();
  await page.locator("dialog[open]").waitFor();
  await leaveDialog(page);
  await bar.getByRole("button", { name: "Clear selection" }).click();
  await bar.waitFor({ state: "detached" });
  quiet();
});

test("a select of the staff pages lists its values in the page's look, by pointer and keys", limit, async (t) => {
  const env = await startEnv(t);
  await env.published({ song: "Heroes", artist: "David Bowie" });
  const { page, quiet } = await enterBoard(env);
  await shown(page, 1);
  const order = page.getByLabel("Order");
  assert.equal(await order.evaluate((e) => getComputedStyle(e).appearance), "base-select");
  const listed = () => order.evaluate((e) => e.matches(":open"));

  await order.click();
  assert.ok(await listed());
  await holdsToRules(page, "the list of a select", [1280]);
  await page.keyboard.press("Escape");
  assert.equal(await listed(), false);

  await order.focus();
  await page.keyboard.press("Space");
  await page.keyboard.type("ran"); // type-ahead
  await page.keyboard.press("Enter");
  assert.equal(await order.inputValue(), "random");
  await page.getByRole("button", { name: "Shuffle" }).waitFor();
  quiet();
});

test("a story put into a slot moves there, and the copy that shows it is gone afterwards", limit, async (t) => {
  const env = await startEnv(t);
  const songs = { "no-preference": "Heroes", reduce: "Jolene" };
  for (const song of Object.values(songs)) await env.published({ song, artist: "Somebody" });
  for (const [i, [reducedMotion, song]] of Object.entries(songs).entries()) {
    const { page, quiet } = await enterBoard(env, undefined, "/board", { reducedMotion });
    await shown(page, 2);
    await page.evaluate(() => {
      globalThis.moved = 0;
      new MutationObserver((all) => {
        for (const { addedNodes } of all) for (const n of addedNodes) if (n.matches?.("body > img")) globalThis.moved++;
      }).observe(document.body, { childList: true });
    });
    await card(page, `About “${song}”`).focus();
    await page.keyboard.press(`${i + 1}`);
    await page.locator("ol li img").nth(i).waitFor();
    await page.locator("body > img").waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => globalThis.moved), reducedMotion === "reduce" ? 0 : 1, reducedMotion);
    quiet();
  }
});
