// A campaign in the visitor's language: texts, choices, and a release form in another one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { holdsToRules, signIn } from "./lib/browser.mjs";
import { limit, startEnv } from "./lib/env.mjs";
import { campaign } from "./lib/service.mjs";

const widths = [1440, 360];
const question = {
  id: "mood",
  label: "Which mood?",
  hint: "Pick one",
  kind: "choice",
  required: true,
  choices: ["Happy", "Sad"],
};

test("an administrator translates a campaign, which Germans then see in German", limit, async (t) => {
  const { service, clips, visitor } = await startEnv(t);
  const admin = await service.keyOf("admin");
  await service.call("PUT", `/v1/campaigns/${campaign}`, { title: "That song", questions: [question] }, admin);

  const staff = await visitor();
  await signIn(staff.page, await service.link("admin@demo.storyreel.example", "admin"), "/admin");
  const section = staff.page.locator("details", { hasText: `/c/${campaign}` }).first();
  await section.locator("summary").first().click();
  const group = section.getByRole("group", { name: "Other languages" });
  await group.getByLabel("Language code").fill("de");
  await group.getByRole("button", { name: "Add language" }).click();
  const german = group.locator("details");
  await german.getByText("6 missing").waitFor();
  await german.locator("summary").click();
  await german.getByLabel("Title", { exact: true }).fill("Das Lied");
  for (const [i, label] of [
    [0, "Welche Stimmung?"],
    [1, "Froh"],
    [2, "Traurig"],
  ])
    await german.getByLabel("Which mood?", { exact: true }).nth(i).fill(label);
  await german.getByText("2 missing").waitFor();
  await holdsToRules(staff.page, "a campaign's translations", widths);
  await section.getByRole("button", { name: "Save", exact: true }).first().click();
  await section.getByText("Saved.").first().waitFor();
  staff.quiet();

  const { page, quiet } = await visitor({ locale: "de-AT", colorScheme: "dark" });
  await page.goto(`${service.url}/c/${campaign}`);
  await page.getByRole("heading", { level: 1, name: "Das Lied" }).waitFor();
  await page
    .locator('input[type="file"]')
    .last()
    .setInputFiles(await clips.clip("seen.mp4", { hue: 90 }));
  const mood = page.getByRole("radiogroup", { name: "Welche Stimmung?" });
  await mood.getByLabel("Froh").check();
  await mood.getByText("Pick one").waitFor();
  await page.getByText("Dieser Text liegt nur auf Englisch vor.").waitFor();
  await holdsToRules(page, "a translated form", widths);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByLabel("Song", { exact: true }).fill("Heroes");
  await page.getByLabel("Interpret").fill("David Bowie");
  await page.getByLabel("Name").fill("Ana");
  for (const tick of await page.getByRole("checkbox").all()) await tick.check();
  await page.getByRole("button", { name: "Meine Geschichte senden" }).click();
  await page.locator('[data-state="in_review"]').waitFor();
  const { items } = await service.call("GET", "/v1/review/queue");
  assert.deepEqual(items[0].answers, [{ id: "mood", label: "Which mood?", value: "Happy" }]);
  quiet();

  const english = await visitor();
  await english.page.goto(`${service.url}/c/${campaign}`);
  await english.page.getByRole("heading", { level: 1, name: "That song" }).waitFor();
  assert.equal(await english.page.getByText("only available in").count(), 0);
  english.quiet();
});
