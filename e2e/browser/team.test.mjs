// The creative team together: tags, votes, saved searches, an order by
// chance that two people share, and the second person's confirmation.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ann, bo, card, enterBoard as enter, filterBy, settled, shown, titles } from "./lib/board.mjs";
import { leaveDialog } from "./lib/browser.mjs";
import { eventually, limit, startEnv } from "./lib/env.mjs";
import { campaign } from "./lib/service.mjs";

/** An environment whose board holds a story of each song, with Bo as a second creative. */
async function startBoard(t, ...songs) {
  const env = await startEnv(t);
  await env.service.cli("user", "create", bo, "--role", "creative", "--name", "Bo");
  const sent = [];
  for (const song of songs) sent.push(await env.published({ song, artist: "Somebody" }));
  return { ...env, sent };
}

test("tags, a saved search, and an order by chance that a link carries", limit, async (t) => {
  const env = await startBoard(t, "Heroes", "Jolene", "Africa", "Yellow", "Hurt");
  const { sent } = env;
  const { page, quiet } = await enter(env, ann);
  await shown(page, 5);
  await card(page, "About “Jolene”").click();
  const tags = page.getByLabel("Tags");
  await tags.fill("#Rooftop");
  await tags.press("Enter");
  await page.getByRole("button", { name: "Remove the tag rooftop" }).waitFor();
  await tags.fill("night, summer");
  await tags.press("Enter");
  await page.getByRole("button", { name: "Remove the tag summer" }).click();
  await page.getByRole("button", { name: "Remove the tag summer" }).waitFor({ state: "detached" });
  assert.match(page.url(), new RegExp(`story=${sent[1].id}`), "an open story can be passed on");
  await leaveDialog(page);
  await page.getByText("#night #rooftop").waitFor();
  await filterBy(page, "Tag", "rooftop");
  await shown(page, 1);

  await page.getByText("Saved searches").click();
  await page.getByLabel("Name of this search").fill("Roofs");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved.").waitFor();
  await page.getByText("Saved searches").click();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await shown(page, 5);

  await page.getByLabel("Order").selectOption("random");
  await page.waitForURL(/seed=/);
  await shown(page, 5);
  await settled(page);
  const order = await titles(page);
  const other = await enter(env, bo, new URL(page.url()).pathname + new URL(page.url()).search);
  await shown(other.page, 5);
  assert.deepEqual(await titles(other.page), order, "the same seed is the same order for everybody");
  let dealt = order;
  for (let i = 0; i < 8 && dealt.join() === order.join(); i++) {
    await page.getByRole("button", { name: "Shuffle again" }).click();
    await settled(page);
    dealt = await titles(page);
  }
  assert.notDeepEqual(dealt, order);
  assert.deepEqual([...dealt].sort(), [...order].sort());

  // A colleague finds the saved search; the list view has the same stories.
  await other.page.getByText("Saved searches").click();
  await other.page.getByRole("button", { name: "Roofs", exact: true }).click();
  await shown(other.page, 1);
  await other.page.getByRole("button", { name: "List", exact: true }).click();
  const row = other.page.getByRole("row");
  await row.getByText("About “Jolene”").waitFor();
  assert.match(other.page.url(), /view=list/);
  await row.getByRole("button", { name: "Shortlist", exact: true }).click();
  await other.page.getByRole("button", { name: "Shortlisted ✓" }).waitFor();
  quiet();
  other.quiet();
});

test("votes, a cut of one's own, and the second person who confirms", limit, async (t) => {
  const env = await startBoard(t, "Heroes");
  const a = await enter(env, ann);
  await card(a.page, "About “Heroes”").click();
  const dialog = a.page.getByRole("dialog");
  await dialog.getByLabel("Note").fill("The laugh at the end");
  await dialog.getByRole("button", { name: "Add to “Shortlist”" }).click();
  await dialog.getByLabel("Reason of your vote").fill("goosebumps");
  await dialog.getByRole("button", { name: "For 0" }).click();
  await dialog.getByRole("button", { name: "For 1" }).waitFor();
  await dialog.getByText("Demo creative: goosebumps").waitFor();
  await dialog.getByLabel("In", { exact: true }).fill("0:00.7");
  await dialog.getByLabel("In", { exact: true }).press("Tab");
  await dialog.getByText("0:00.7–", { exact: false }).waitFor();
  await dialog.getByLabel("Ad", { exact: true }).selectOption("ad-1");
  await dialog.getByRole("button", { name: "Use in this ad" }).click();
  await dialog.getByText("Used in ad-1.").waitFor();
  await leaveDialog(a.page);
  await a.page.getByText("Waiting for confirmation by a second person.").waitFor();
  assert.equal(await a.page.getByRole("button", { name: "Confirm" }).count(), 0, "nobody confirms what they chose");

  const b = await enter(env, bo);
  await b.page.getByRole("button", { name: "Open the story in ad-1" }).click();
  await b.page.getByRole("dialog").getByText("0:00.7–", { exact: false }).waitFor();
  await b.page.getByText("Demo creative: goosebumps").waitFor();
  await b.page.getByRole("dialog").getByRole("button", { name: "Against 0" }).click();
  await b.page.getByRole("dialog").getByRole("button", { name: "Against 1" }).waitFor();
  await leaveDialog(b.page);
  await b.page.getByRole("button", { name: "Confirm" }).click();
  await b.page.getByText("✓ confirmed by Bo", { exact: false }).waitFor();
  await b.page.getByText("1 of 1 cleared for the agency.").waitFor();
  await b.page.getByText("Hand over").click();
  await b.page.getByRole("button", { name: "Sources" }).click();
  await b.page.getByText("Cleared.").waitFor();
  const [source] = await Promise.all([
    b.page.waitForEvent("download"),
    b.page.getByRole("link", { name: "Download source" }).click(),
  ]);
  const bytes = await readFile(await source.path());
  assert.deepEqual(bytes, await readFile(env.sent[0].file), "the source is what was sent");
  a.quiet();
  b.quiet();
});

test("captions are written, shown in the player, and gone with their story", limit, async (t) => {
  const env = await startBoard(t, "Africa");
  const { service, sent } = env;
  const { page, quiet } = await enter(env, ann);
  await card(page, "About “Africa”").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Captions", { exact: false }).first().click();
  await dialog.getByLabel("Language code").fill("en");
  await dialog.getByLabel("Captions", { exact: true }).fill("no captions at all");
  await dialog.getByRole("button", { name: "Save captions" }).click();
  await dialog.getByText("these captions cannot be read", { exact: false }).waitFor();
  await dialog
    .getByLabel("Captions", { exact: true })
    .fill("1\n00:00:00,000 --> 00:00:01,500\nIt rained <i>all</i> night\n");
  await dialog.getByRole("button", { name: "Save captions" }).click();
  await dialog.getByText("Saved.").waitFor();
  await page.waitForFunction(() => document.querySelector("dialog video").textTracks.length === 1); // the player has them at once
  quiet();
  const read = () => service.call("GET", `/v1/feed/${sent[0].id}`);
  assert.equal((await read()).captions.length, 0, "a moderator has to see them first");
  const [pending] = (await service.call("GET", "/v1/review/captions")).items;
  await service.call("POST", `/v1/stories/${pending.story}/captions/en/approval`, { version: pending.version });
  const item = await read();
  assert.equal(item.captions.length, 1);
  assert.match(await (await fetch(item.captions[0].url)).text(), /It rained all night/);
  await service.call("POST", `/v1/stories/${sent[0].id}/decisions`, { action: "hide", reason: "other" });
  assert.equal((await fetch(item.captions[0].url)).status, 404);
  assert.ok((await service.call("GET", `/v1/campaigns/${campaign}/feed`)).items.every((i) => i.id !== sent[0].id));
});

test("a note saves itself, outlives the dialog and the page, and is never overwritten unseen", limit, async (t) => {
  const env = await startBoard(t, "Heroes");
  const a = await enter(env, ann);
  const open = async ({ page }) => {
    await card(page, "About “Heroes”").click();
    return page.getByRole("dialog").getByLabel("Note");
  };
  // Not on a list yet: the text stays in the browser.
  let note = await open(a);
  await note.fill("Half a thought");
  await leaveDialog(a.page);
  await a.page.reload();
  note = await open(a);
  assert.equal(await note.inputValue(), "Half a thought");
  await a.page.getByRole("button", { name: "Add to “Shortlist”" }).click();
  await a.page.getByText("Saved.").waitFor();

  // On a list: it is saved after a pause, and when the dialog is closed before that.
  const stored = async () => {
    const creative = await env.service.keyOf("creative");
    const path = `/v1/campaigns/${campaign}/shortlist`;
    return (await env.service.call("GET", path, undefined, creative)).items[0].note;
  };
  await note.fill("A whole thought");
  await a.page.getByText("Not saved yet.").waitFor();
  await a.page.getByText("Saved.").waitFor();
  assert.equal(await stored(), "A whole thought");
  await note.fill("Closed at once");
  await a.page.mouse.click(3, 3); // beside the dialog
  await a.page.getByRole("dialog").waitFor({ state: "detached" });
  await eventually(async () => (await stored()) === "Closed at once", "the note of the closed dialog is saved");

  // A colleague writes at the same time: nobody's text is lost.
  const b = await enter(env, bo);
  const theirs = await open(b);
  note = await open(a);
  await a.page.waitForFunction(() => document.querySelector("dialog textarea")?.value === "Closed at once");
  await theirs.fill("Bo was faster");
  await theirs.blur();
  await b.page.getByText("Saved.").waitFor();
  await note.fill("Ann was slower");
  await note.blur();
  await a.page.getByText("Bo changed this note meanwhile:", { exact: false }).waitFor();
  assert.equal(await stored(), "Bo was faster");
  assert.equal(await note.inputValue(), "Ann was slower");
  await a.page.getByRole("button", { name: "Save mine" }).click();
  await a.page.getByText("Saved.").waitFor();
  assert.equal(await stored(), "Ann was slower");
  a.quiet();
  b.quiet();
});

test(
  "two to four selected stories are watched side by side, with the audio of one; the link shows the same",
  limit,
  async (t) => {
    const env = await startBoard(t, "Heroes", "Jolene", "Africa");
    const { page, quiet } = await enter(env, ann);
    await shown(page, 3);
    for (const song of ["Heroes", "Africa"]) await card(page, `About “${song}”`).click({ modifiers: ["Control"] });
    await page.getByText("2 selected").waitFor();
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
    await page.getByRole("dialog").getByRole("button", { name: "Shortlist" }).first().click();
    await page.getByRole("dialog").getByRole("button", { name: "For 0" }).waitFor();
    await leaveDialog(page);
    await page.waitForURL((u) => !u.searchParams.has("compare"));
    quiet();
  },
);
