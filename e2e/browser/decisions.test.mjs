// Decisions on slow and broken networks: none is lost, repeated or refused to the person who made it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { limit, startEnv } from "./lib/env.mjs";
import { current, enterReview, nextAfter, ready } from "./lib/review.mjs";

const none = "No story is waiting for a decision.";

test("slow and lost answers bring no story back to the person who decided it", limit, async (t) => {
  const env = await startEnv(t);
  const songs = Array.from({ length: 14 }, (_, i) => `Song ${i}`);
  const sent = Object.fromEntries(
    await Promise.all(songs.map(async (song) => [song, await env.story({ song }, { seconds: 1 })])),
  );
  const { page, quiet } = await enterReview(env);
  await page.locator("video:visible").first().waitFor();
  // Each answer is late, and each third one is lost after the decision was recorded.
  let calls = 0;
  const refused = [];
  await page.route(/\/decisions$|\/review\/claims$/, async (route) => {
    const answer = await route.fetch();
    if (answer.status() === 409) refused.push(await answer.text());
    await new Promise((r) => setTimeout(r, 250));
    if (route.request().url().endsWith("/decisions")) {
      await new Promise((r) => setTimeout(r, 1500)); // a claim is answered meanwhile
      if (++calls % 3 === 0) return route.abort();
    }
    await route.fulfill({ response: answer });
  });
  const seen = [];
  for (let i = 0; i < songs.length; i++) {
    await ready(page);
    const song = await current(page);
    assert.ok(!seen.includes(song), `${song} came back`);
    seen.push(song);
    await page.keyboard.press("a");
    if (i < songs.length - 1) await nextAfter(page, song);
    await new Promise((r) => setTimeout(r, 700)); // decisions go out while others are made
  }
  for (const { id, token } of Object.values(sent)) await env.service.until(id, token, "published");
  await page.getByText(none).waitFor();
  await page.waitForFunction(() => localStorage.getItem("storyreel.unsent") === null);
  assert.deepEqual(refused, []);
  assert.equal(await page.getByRole("alert").count(), 0);
  quiet();
});

test("decisions made without a network are counted, survive a reload, and are sent afterwards", limit, async (t) => {
  const env = await startEnv(t);
  const sent = {};
  for (let i = 0; i < 3; i++) sent[`Song ${i}`] = await env.story({ song: `Song ${i}` }, { seconds: 1 });
  const { context, page, quiet } = await enterReview(env);
  // Nobody approves what cannot be shown: both stories are loaded while there is a network.
  await page.waitForFunction(() => {
    const [shown, next] = document.querySelectorAll("video");
    return shown?.readyState >= 2 && next?.readyState >= 2;
  });
  await context.setOffline(true);
  await page.getByText("You are offline.", { exact: false }).waitFor();
  for (let i = 0; i < 2; i++) {
    await ready(page);
    const song = await current(page);
    await page.keyboard.press("a");
    await nextAfter(page, song);
  }
  const unsent = page.getByText("2 decisions are not sent yet.", { exact: false });
  await unsent.waitFor();
  assert.equal(await page.getByRole("alert").count(), 0, "one bar for all of it");
  // The browser reports a network, but the service does not answer.
  await page.route("**/decisions", (route) => route.abort());
  await context.setOffline(false);
  await unsent.waitFor();
  await page.reload();
  await unsent.waitFor();
  await page.locator("video:visible").first().waitFor();
  const left = await current(page);
  await page.unroute("**/decisions");
  await page.getByRole("button", { name: "Try again" }).click();
  for (const [song, { id, token }] of Object.entries(sent))
    if (song !== left) await env.service.until(id, token, "published");
  await unsent.waitFor({ state: "detached" });
  assert.equal((await env.service.call("GET", `/v1/stories/${sent[left].id}`)).state, "in_review");
  quiet();
});
