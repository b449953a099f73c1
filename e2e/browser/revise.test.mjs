// A rejected contributor changes what the reason names, or asks for a second look.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { holdsToRules } from "./lib/browser.mjs";
import { limit, openEnv } from "./lib/env.mjs";
import { enterReview, ready } from "./lib/review.mjs";
import { campaign } from "./lib/service.mjs";

const widths = [1440, 360];
let env;

before(async () => {
  env = await openEnv();
});
after(() => env?.close());

const privatePage = (sent) => `${env.service.url}/s/${sent.id}#token=${sent.token}`;
const reject = (sent, reason, message) =>
  env.service.call("POST", `/v1/stories/${sent.id}/decisions`, { action: "reject", reason, message });

test("a moderator writes to the contributor, who names the song; the moderator sees both", limit, async (t) => {
  const sent = await env.story({ song: "Unknown", artist: "Unknown" });
  const staff = await enterReview(env);
  t.after(() => staff.context.close());
  await ready(staff.page);
  await staff.page.getByRole("button", { name: "Reject" }).click();
  await staff.page.getByLabel("Message to the contributor").fill("Which song is it?");
  await holdsToRules(staff.page, "a rejection with a message", [1440, 390]);
  await staff.page.setViewportSize({ width: 1280, height: 900 });
  await staff.page.getByRole("button", { name: "We could not tell which song" }).click();
  await env.service.until(sent.id, sent.token, "rejected");

  const { context, page, quiet } = await env.visitor({ colorScheme: "dark" });
  t.after(() => context.close());
  await page.goto(privatePage(sent));
  await page.locator('[data-state="rejected"]').waitFor();
  await page.getByText("The team writes: Which song is it?").waitFor();
  await page.getByText("A person on the campaign's team decided this").waitFor();
  await page.getByText("ask for a second look below").waitFor();
  await page.getByRole("button", { name: "Change it, or ask for a second look" }).click();
  const form = page.getByRole("form", { name: "Change song and text" });
  await form.getByRole("button", { name: "Ask for a second look" }).waitFor();
  await form.getByLabel("Song", { exact: true }).fill("Heroes");
  await form.getByLabel("Artist").fill("David Bowie");
  await form.getByLabel("The story in text").fill("We danced on the roof.");
  await form.getByLabel("Message to the moderators").fill("Sorry, it is this one.");
  await holdsToRules(page, "the form of a rejected story", widths);
  await form.getByRole("button", { name: "Send back to review" }).click();
  await page.locator('[data-state="in_review"]').waitFor();
  await page.getByRole("heading", { name: "About “Heroes”" }).waitFor();
  quiet();

  const { page: table } = staff;
  await table.reload();
  const revisions = table.getByRole("complementary", { name: "Revisions" });
  await revisions.getByText("Sorry, it is this one.").waitFor();
  const former = await revisions.locator("del").allInnerTexts();
  assert.deepEqual(former, ["nothing", "Unknown – Unknown"]);
  await holdsToRules(table, "a revised story", [390, 1440]);
  await ready(table);
  await table.getByRole("button", { name: "Approve" }).click();
  await env.service.until(sent.id, sent.token, "published");
  staff.quiet();
  const feed = await env.service.call("GET", `/v1/campaigns/${campaign}/feed`);
  assert.equal(feed.items.find((s) => s.id === sent.id).text, "We danced on the roof.");
});

test("a second look is asked for once, in German", limit, async (t) => {
  const sent = await env.story({ song: "Jolene", artist: "Dolly Parton" });
  await reject(sent, "other");
  const { context, page, quiet } = await env.visitor({ locale: "de" });
  t.after(() => context.close());
  await page.goto(privatePage(sent));
  await page.getByText("Das hat ein Mensch aus dem Team der Kampagne entschieden").waitFor();
  await page.getByRole("button", { name: "Ändern oder um eine zweite Prüfung bitten" }).click();
  await page.getByLabel("Nachricht an die Moderation").fill("Bitte noch einmal.");
  await holdsToRules(page, "asking for a second look", [360, 1440]);
  await page.getByRole("button", { name: "Um eine zweite Prüfung bitten" }).click();
  await page.locator('[data-state="in_review"]').waitFor();
  await reject(sent, "other");
  await page.locator('[data-state="rejected"]').waitFor();
  await page.getByRole("button", { name: "Song und Text ändern" }).click();
  const send = page.getByRole("button", { name: "Wieder in die Moderation geben" });
  await send.waitFor();
  assert.equal(await send.isDisabled(), true, "nothing changed, and the second look was taken");
  quiet();
});

test("texts are changed while the story waits, and no longer once it is approved", limit, async (t) => {
  const sent = await env.story({ song: "Creep", artist: "Radiohead" });
  const { context, page, quiet } = await env.visitor();
  t.after(() => context.close());
  await page.goto(privatePage(sent));
  await page.getByRole("button", { name: "Change song and text" }).click();
  const save = page.getByRole("button", { name: "Save the changes" });
  assert.equal(await save.isDisabled(), true);
  await page.getByLabel("The story in text").fill("A typo less.");
  await save.click();
  await page.getByRole("button", { name: "Change song and text" }).waitFor();
  const story = await env.service.call("GET", `/v1/stories/${sent.id}`);
  assert.equal(story.text, "A typo less.");
  assert.equal(story.revisions.length, 1);
  await env.service.publish(sent);
  await page.locator('[data-state="published"]').waitFor();
  assert.equal(await page.getByRole("button", { name: "Change song and text" }).count(), 0);
  quiet();
});
