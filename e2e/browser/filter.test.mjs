// What one moderator narrows the queue by, the reasons of a campaign, and decisions on videos that were not played.
import assert from "node:assert/strict";
import { test } from "node:test";
import { holdsToRules } from "./lib/browser.mjs";
import { limit, startEnv } from "./lib/env.mjs";
import { changed, current, enterReview, ready } from "./lib/review.mjs";
import { campaign } from "./lib/service.mjs";

test("a queue is narrowed by country and length, and stays so", limit, async (t) => {
  const env = await startEnv(t);
  await env.story({ song: "First", country: "FR" }, { seconds: 1 });
  await env.story({ song: "Second", country: "DE" }, { seconds: 1 });
  await env.story({ song: "Third", country: "DE" }, { seconds: 1 });
  const { page, quiet } = await enterReview(env);
  await ready(page);
  assert.equal(await current(page), "First");
  await page.keyboard.press("f");
  const dialog = page.getByRole("dialog", { name: "Filter the queue" });
  await dialog.getByRole("combobox", { name: "Countries" }).fill("Germany");
  await dialog.getByRole("button", { name: "Remove Germany" }).waitFor();
  await dialog.getByRole("combobox", { name: "Countries" }).fill("Japan");
  await dialog.getByRole("button", { name: "Remove Japan" }).click();
  await holdsToRules(page, "filter of the queue", [360, 1440]);
  await dialog.getByRole("button", { name: "Show these" }).click();
  await changed(page, "First");
  await ready(page);
  assert.equal(await current(page), "Second");
  await page.getByText("2 waiting", { exact: true }).waitFor();
  await page.reload();
  await ready(page);
  assert.equal(await current(page), "Second", "the filter is kept");
  const opens = page.getByRole("button", { name: /^Filter/ });
  assert.equal(await opens.getAttribute("aria-pressed"), "true");
  await opens.click();
  await dialog.getByLabel("Length").selectOption({ label: "over 60 seconds" });
  await dialog.getByRole("button", { name: "Show these" }).click();
  await page.getByText("No story matches your filter.").waitFor();
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await ready(page);
  assert.equal(await current(page), "First");
  quiet();
});

test(
  "a campaign's own reason is chosen by key; a decision on an unplayed video is recorded as such",
  limit,
  async (t) => {
    const env = await startEnv(t);
    const sent = await env.story({ song: "Heroes" }, { seconds: 1 });
    const admin = await env.service.keyOf("admin");
    const reasons = [{ code: "spam" }, { code: "wrong_album", detail: "Tell us about a song of this album." }];
    await env.service.call("PUT", `/v1/campaigns/${campaign}`, { reasons }, admin);
    const { page, quiet } = await enterReview(env);
    await ready(page);
    await page.keyboard.press("r");
    const offered = page.getByRole("group", { name: "Why?" }).getByRole("button");
    assert.equal(await offered.count(), 3, "two reasons, and cancel");
    await page.keyboard.press("2");
    await page
      .getByText(/Rejected: .*Not played\./)
      .first()
      .waitFor();
    const rejected = await env.service.until(sent.id, sent.token, "rejected");
    assert.equal(rejected.reason.code, "wrong_album");
    assert.equal(rejected.reason.detail, reasons[1].detail);
    const { items } = await env.service.call("GET", `/v1/stories/${sent.id}/history`);
    assert.equal(items.at(-1).unplayed, true);
    await page.getByRole("button", { name: "Report", exact: true }).click();
    await page.getByRole("columnheader", { name: "not played" }).waitFor();
    quiet();
  },
);
