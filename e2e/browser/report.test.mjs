// Reports about published videos, and the links to privacy notice and imprint.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { holdsToRules, signIn } from "./lib/browser.mjs";
import { limit, openEnv } from "./lib/env.mjs";
import { enterReview } from "./lib/review.mjs";
import { campaign } from "./lib/service.mjs";

const widths = [1440, 360];
const privacy = "https://www.brand.example/privacy";
const imprint = "https://www.brand.example/imprint";
let env;

before(async () => {
  env = await openEnv();
});
after(() => env?.close());

/** The addresses that the page links by these names. */
const linked = async (scope, ...names) =>
  Promise.all(names.map((name) => scope.getByRole("link", { name }).first().getAttribute("href")));

test("an administrator sets privacy notice and imprint, and every public page links them", limit, async (t) => {
  const { service, visitor } = env;
  const sent = await env.published({ song: "Heroes", artist: "David Bowie" });
  const admin = await visitor();
  t.after(() => admin.context.close());
  await signIn(admin.page, await service.link("admin@demo.storyreel.example", "admin"), "/admin");
  const section = admin.page.locator("details", { hasText: `/c/${campaign}` }).first();
  await section.locator("summary").first().click();
  await section.getByText("A link to the privacy notice").waitFor();
  await section.getByLabel("Privacy notice").fill(privacy);
  await section.getByLabel("Imprint").fill(imprint);
  await holdsToRules(admin.page, "the campaign's form", widths);
  await section.getByRole("button", { name: "Save" }).first().click();
  await section.getByText("A link to the privacy notice").waitFor({ state: "detached" });
  admin.quiet();

  const { context, page, quiet } = await visitor();
  t.after(() => context.close());
  const names = ["Privacy notice", "Imprint"];
  for (const address of [
    `/c/${campaign}`,
    `/v/${sent.id}`,
    `/v/${sent.id}/player`,
    `/s/${sent.id}#token=${sent.token}`,
  ]) {
    await page.goto(service.url + address);
    await page.getByRole("link", { name: "Imprint" }).first().waitFor();
    assert.deepEqual(await linked(page, ...names), [privacy, imprint], address);
  }
  await page.goto(`${service.url}/c/${campaign}`);
  await page.getByRole("button", { name: "See the whole form" }).click();
  await page.getByLabel("I have read").waitFor();
  assert.deepEqual(await linked(page.locator("fieldset", { has: page.getByLabel("I have read") }), ...names), [
    privacy,
    imprint,
  ]);
  quiet();
});

test("a visitor reports a video; the moderator keeps one and hides another", limit, async (t) => {
  const { service, visitor } = env;
  const kept = await env.published({ song: "Creep", artist: "Radiohead" });
  const hidden = await env.published({ song: "Jolene", artist: "Dolly Parton" });
  const { context, page, quiet } = await visitor({ colorScheme: "dark" });
  t.after(() => context.close());

  await page.goto(`${service.url}/v/${kept.id}`);
  await page.getByRole("button", { name: "Report this video" }).click();
  const form = page.getByRole("dialog", { name: "Report this video" });
  await form.getByLabel("Something else").check();
  await form.getByLabel("Please describe it").fill("It is dull.");
  await holdsToRules(page, "the form of a report", widths);
  await page.setViewportSize({ width: 390, height: 844 });
  await form.getByRole("button", { name: "Send the report" }).click();
  const receipt = page.getByRole("dialog", { name: "Your report has arrived" }).getByRole("link");
  const first = await receipt.getAttribute("href");
  await holdsToRules(page, "a sent report", widths);

  // from the player that other sites frame, and in the campaign's viewer
  await page.goto(`${service.url}/v/${hidden.id}/player`);
  await page.getByRole("link", { name: "Report this video" }).waitFor();
  await holdsToRules(page, "the player for frames", [360]);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(`${service.url}/c/${campaign}`);
  await page.getByRole("button", { name: /^Play .*Jolene/ }).click();
  await page.getByRole("button", { name: "Report this video" }).click();
  await page.getByLabel("I am in it and do not agree").check();
  await page.getByRole("button", { name: "Send the report" }).click();
  const second = await receipt.getAttribute("href");
  await page.goto(first);
  await page.getByText("Not decided yet").waitFor();
  assert.doesNotMatch(page.url(), /token/);
  await holdsToRules(page, "an open report", widths);

  const staff = await enterReview(env);
  t.after(() => staff.context.close());
  await staff.page.getByRole("button", { name: "2 reported" }).click();
  const reported = staff.page.getByRole("dialog", { name: "Reported videos" });
  const items = reported.getByRole("listitem");
  await items.first().getByText("Somebody in it does not agree").waitFor();
  await items.first().getByRole("button", { name: "Decide" }).click();
  await holdsToRules(staff.page, "reported videos", [1440, 360]);
  await staff.page.setViewportSize({ width: 1280, height: 900 });
  await reported.getByLabel("Why?").selectOption("withdrawal");
  await reported.getByRole("button", { name: "Hide" }).click();
  await reported.getByText("Somebody in it does not agree").waitFor({ state: "detached" });
  await items.first().getByRole("button", { name: "Decide" }).click();
  await reported.getByLabel("Reply to the person").fill("Tastes differ.");
  await reported.getByRole("button", { name: "Keep the video" }).click();
  await reported.getByText("No video is reported.").waitFor();
  staff.quiet();

  await page.goto(second);
  await page.getByText("The video is not shown any more.").waitFor();
  await page.goto(first);
  await page.getByText("Tastes differ.").waitFor();
  await page.getByText("decided that the video stays").waitFor();
  await page.locator("header").getByRole("button", { name: "Deutsch" }).click();
  await page.getByText("dass das Video bleibt").waitFor();
  await holdsToRules(page, "a decided report", widths);
  assert.equal((await service.until(hidden.id, hidden.token, "hidden")).state, "hidden");
  quiet();
});
