// Clearing a queue: ten decisions by keyboard, keys of one's own, likely
// duplicates, many at once, and how it went.
import assert from "node:assert/strict";
import { test } from "node:test";
import { leaveDialog } from "./lib/browser.mjs";
import { freeze, limit, startEnv } from "./lib/env.mjs";
import { current, enterReview, nextAfter, ready } from "./lib/review.mjs";
import { campaign } from "./lib/service.mjs";

test("ten stories are decided by keyboard, each loaded before its turn", limit, async (t) => {
  const env = await startEnv(t);
  const sent = {};
  for (let i = 0; i < 10; i++) sent[`Song ${i}`] = await env.story({ song: `Song ${i}`, artist: "Band" });
  const { page, quiet } = await enterReview(env);

  const decided = [];
  for (let i = 0; i < 10; i++) {
    // The videos of stories in hand, in order: the first is shown, the second is loaded meanwhile.
    await page.waitForFunction((last) => {
      const [shown, next] = document.querySelectorAll("video");
      if (!shown?.checkVisibility() || shown.readyState < 2) return false;
      if (last) return true;
      if (!next || next.checkVisibility() || next.readyState < 2) return false;
      next.loadedAhead = true;
      return true;
    }, i === 9);
    if (i > 0) assert.ok(await page.evaluate(() => document.querySelector("video").loadedAhead), "loaded once more");
    await ready(page);
    const song = await current(page);
    if (i % 3 === 2) {
      await page.keyboard.press("r");
      await page.getByText("Why?").waitFor();
      await page.keyboard.press("1");
    } else await page.keyboard.press("a");
    decided.push([song, i % 3 === 2 ? "rejected" : "published"]);
    if (i < 9) await nextAfter(page, song);
  }
  await page.getByText("No story is waiting for a decision.").waitFor();
  assert.equal(new Set(decided.map(([song]) => song)).size, 10, "every story once");
  await page.getByText("10 decided today").waitFor();
  for (const [song, state] of decided) await env.service.until(sent[song].id, sent[song].token, state);
  quiet();
});

test("a key can be given to another command, and is kept", limit, async (t) => {
  const env = await startEnv(t);
  await env.story({ song: "Keys", artist: "Band" });
  const { page, quiet } = await enterReview(env);
  await page.locator("video:visible").first().waitFor();
  await page.keyboard.press("?");
  await page.getByRole("button", { name: "Skip: return it to the queue: S. Change the key." }).click();
  await page.keyboard.press("x");
  await page.getByRole("button", { name: "Skip: return it to the queue: X. Change the key." }).waitFor();
  await page.keyboard.press("Escape");
  await page.reload();
  await page.locator("video:visible").first().waitFor();
  await page.keyboard.press("s");
  assert.equal(await current(page), "Keys", "the old key does nothing any more");
  await page.keyboard.press("x");
  await page.getByText("No story is waiting for a decision.").waitFor();
  quiet();
});

test("a video that was sent before is watched beside its duplicate", limit, async (t) => {
  const env = await startEnv(t);
  const { service, clips } = env;
  const video = await clips.clip("twice.mp4", { hue: 120, seconds: 4 });
  const first = await service.submit(video, {
    song: "Twice",
    artist: "Band",
    name: "First",
    email: "same@example.com",
  });
  await service.publish(first);
  const again = await clips.again(video, "twice-again.mp4");
  await service.submit(again, { song: "Twice again", artist: "Band", name: "Second", email: "same@example.com" });
  const { page, quiet } = await enterReview(env);
  await page.locator("video:visible").first().waitFor();
  while ((await current(page)) !== "Twice again") await page.keyboard.press("s");
  const likely = page.getByRole("region", { name: "Possible duplicates" });
  await likely.getByText("About “Twice”").first().waitFor();
  await likely.getByText("% similar", { exact: false }).first().waitFor();
  await page.getByText("One more story by this person").waitFor();
  await page.keyboard.press("d");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("current", { exact: true }).waitFor();
  await dialog.getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(
    () => [...document.querySelectorAll("dialog video")].filter((v) => v.currentTime > 0.2).length === 2,
  );
  await leaveDialog(page);
  await ready(page);
  await page.keyboard.press("r");
  await page.getByRole("button", { name: "We already have this story.", exact: false }).click();
  await page.getByText("Rejected: About “Twice again”.").first().waitFor();
  quiet();
});

test("many of a list are decided at once, taken back as one, and reported", limit, async (t) => {
  const env = await startEnv(t);
  const { service } = env;
  const sent = [];
  for (let i = 0; i < 3; i++) sent.push(await env.story({ song: `Spam ${i}`, artist: "Seller" }));
  const { page, quiet } = await enterReview(env);
  const decisions = [];
  page.on("request", (r) => r.url().endsWith("/decisions") && decisions.push(r.url()));
  await page.clock.install();
  await page.reload();
  await page.locator("video:visible").first().waitFor();
  const choose = async () => {
    await page.getByRole("button", { name: "Decided", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("State").selectOption("in_review");
    await dialog.getByLabel("Song, artist, name, story id or link").fill("seller");
    await dialog.getByRole("search").getByRole("button", { name: "Find" }).click();
    await dialog.getByLabel("All 3 listed").check();
    await dialog.getByText("3 stories selected").waitFor();
    assert.equal(await dialog.locator("form.bulk img").count(), 3);
    const go = dialog.getByRole("button", { name: "Decide on all of them" });
    assert.ok(await go.isDisabled(), "the number must be typed");
    await dialog.locator("form.bulk").getByLabel("Why?").selectOption("spam");
    await dialog.getByLabel("Type 3 to confirm").fill("3");
    await go.click();
    await page.getByText("3 stories rejected.").first().waitFor();
  };
  await choose();
  await page.getByRole("button", { name: "Undo", exact: false }).last().click();
  await page.clock.fastForward(10_000); // longer than the time to undo
  assert.deepEqual(decisions, [], "taken back is never sent");
  for (const s of sent)
    assert.equal((await service.call("GET", `/v1/stories/${s.id}`)).state, "in_review", "taken back is taken back");
  // A colleague was faster with one; the others are decided all the same.
  await choose();
  await freeze(page);
  await service.call("DELETE", `/v1/review/claims/${sent[1].id}`).catch(() => undefined);
  const ben = await service.keyOf("moderator");
  await page.evaluate(() =>
    fetch("/v1/review/claims", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ count: 1 }),
    })
      .then((r) => r.json())
      .then(({ items }) => Promise.all(items.map((s) => fetch(`/v1/review/claims/${s.id}`, { method: "DELETE" })))),
  );
  await service.call("POST", `/v1/stories/${sent[1].id}/decisions`, { action: "approve" }, ben);
  await page.clock.fastForward(10_000);
  await page.clock.resume();
  await page.getByText("One decision was not recorded.").waitFor();
  for (const s of [sent[0], sent[2]])
    assert.equal((await service.until(s.id, s.token, "rejected")).reason.code, "spam");
  await service.until(sent[1].id, sent[1].token, "published");

  await page.getByRole("button", { name: "Report" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("table").waitFor();
  assert.match(await dialog.getByRole("table").innerText(), /moderator/i);
  await dialog.getByRole("button", { name: "Pick five" }).click();
  await dialog.getByRole("list").getByRole("button").first().waitFor();
  quiet();
  assert.ok((await service.call("GET", `/v1/review/report?campaign=${campaign}`)).decided >= 3);
});

test("one field finds a story by its words or its link, in the campaign used last", limit, async (t) => {
  const env = await startEnv(t);
  const { service } = env;
  const sent = await env.story({ song: "Heroes", artist: "David Bowie" });
  await service.cli("campaign", "copy", campaign, "another", "--title", "Another");
  const { page, quiet } = await enterReview(env);
  const dialog = page.getByRole("dialog");
  const field = dialog.getByLabel("Song, artist, name, story id or link");
  const enter = async (words) => {
    await field.fill(words);
    await field.press("Enter");
  };
  await page.getByRole("button", { name: "Decided", exact: true }).click();
  assert.equal(await dialog.getByLabel("Campaign").inputValue(), "another", "the newest at first");
  await dialog.getByLabel("State").selectOption("in_review");
  await enter("heroes");
  await dialog.getByText("No stories found.", { exact: false }).waitFor();
  await dialog.getByLabel("Campaign").selectOption(campaign);
  await dialog.getByRole("button", { name: "About “Heroes”" }).waitFor();

  await page.reload();
  await ready(page);
  await page.getByRole("button", { name: "Decided", exact: true }).click();
  await dialog.getByLabel("Campaign").waitFor();
  assert.equal(await dialog.getByLabel("Campaign").inputValue(), campaign);
  await enter(`${service.url}/s/${sent.id.toUpperCase()}#token=x`);
  await dialog.locator('[data-state="in_review"]').waitFor();
  await enter("00000000-0000-7000-8000-000000000000");
  await dialog.getByText("there is no such story", { exact: false }).waitFor();
  quiet();
});
