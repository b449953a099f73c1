// A board with thousands of stories: only those near the visible part are in the document, and all can be reached.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ann, card, cards, enterBoard, focused, onCard } from "./lib/board.mjs";
import { limit, startEnv } from "./lib/env.mjs";
import { copyStories } from "./lib/many.mjs";

const copies = 2500;
const last = "Story 02500";
const inDocument = 120; // cards; a screen of 1280×900 shows some 30

test("thousands of stories scroll without a button; keys reach the last, and Back its place", limit, async (t) => {
  const env = await startEnv(t);
  const sent = await env.published({ song: "Heroes", artist: "David Bowie", country: "DE" });
  await copyStories(env.service, sent.id, copies);
  const { page, quiet } = await enterBoard(env, ann);
  await page.locator("output", { hasText: "2,501 stories" }).waitFor();
  const few = async () => {
    const n = await cards(page).count();
    assert.ok(n > 0 && n < inDocument, `${n} cards are in the document`);
  };
  await few();

  // By scrolling: the document grows until the last story is there.
  await page.waitForFunction(
    (title) => {
      scrollTo(0, document.documentElement.scrollHeight);
      return [...document.querySelectorAll("article h3")].some((h) => h.textContent === title);
    },
    last,
    { polling: 200 },
  );
  await few();
  await page.getByText("All 2,501 stories are shown.").waitFor();
  const grid = page.getByRole("grid", { name: "Stories" });
  const rows = Number(await grid.getAttribute("aria-rowcount"));
  const columns = Number(await grid.getAttribute("aria-colcount"));
  assert.equal(rows, Math.ceil((copies + 1) / columns), "a screen reader is given the number of rows");

  // Back from another page returns to the story that was in hand.
  await card(page, last).focus();
  await onCard(page, last);
  await page.evaluate(() => location.assign("/account")); // a press on a link would scroll to it
  await page.waitForURL(/account/);
  await page.goBack();
  await onCard(page, last);
  await few();

  // By keys: the focus survives that its row leaves the visible part, and the last is reached.
  await page.keyboard.press("Home");
  await onCard(page, "About “Heroes”");
  await page.evaluate(() => scrollTo(0, 20_000));
  await page.waitForFunction(() => scrollY > 10_000);
  assert.equal(await focused(page), "About “Heroes”", "scrolling does not lose the focus");
  await page.keyboard.press("ArrowRight");
  await onCard(page, "Story 00001");
  assert.ok((await page.evaluate(() => scrollY)) < 1000, "the focused card is in sight");
  await page.reload();
  await onCard(page, "Story 00001"); // a reload keeps the place as well
  for (let i = 0; i < 200 && (await focused(page)) !== last; i++) {
    const before = await focused(page);
    await page.keyboard.press("End");
    await page
      .waitForFunction(
        (was) => document.activeElement.closest("article")?.querySelector("h3")?.textContent !== was,
        before,
        { timeout: 10_000 },
      )
      .catch(() => undefined); // the next page has not come yet
  }
  assert.equal(await focused(page), last);
  await few();
  quiet();
});
