// The campaign page on a phone: three steps with a fixed button, and the browser's Back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { limit, startEnv } from "./lib/env.mjs";
import { campaign } from "./lib/service.mjs";

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const choose = (page, file) => page.locator('input[type="file"]').last().setInputFiles(file);
const next = (page, step) => page.getByRole("button", { name: `Next: step ${step} of 3` });
const send = (page) => page.getByRole("button", { name: "Send my story" });

/** Whether all of it is inside the window. */
const inSight = (found) =>
  found.evaluate((e) => {
    const { top, bottom } = e.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });

test("a phone shows one step at a time, with its button in sight and its own messages", limit, async (t) => {
  const { service, clips, visitor } = await startEnv(t);
  const { page, quiet } = await visitor(phone);
  await page.goto(`${service.url}/c/${campaign}`);
  await page.getByText("Record a video now").waitFor();
  for (const choice of [page.locator("label.button"), page.getByRole("button", { name: "Take one from my gallery" })])
    assert.ok((await choice.boundingBox()).height >= 64, "a choice is too small");
  await choose(page, await clips.clip("phone.mp4", { hue: 70, seconds: 4 }));
  await page.getByText("checks passed").waitFor();
  assert.equal(await page.getByRole("slider", { name: "Start of" }).isVisible(), false, "trimming is in the way");
  assert.ok(await inSight(next(page, 2)));
  assert.equal(await page.getByLabel("Name").isVisible(), false);

  await next(page, 2).click();
  await page.getByLabel("Song", { exact: true }).waitFor();
  assert.equal(await page.getByText("Take one from my gallery").isVisible(), false);
  assert.ok(await inSight(next(page, 3)));
  await page.getByLabel("Artist").fill("David Bowie");
  await page.getByLabel("E-mail").fill("ana");
  await next(page, 3).click();
  const summary = page.getByRole("alert");
  await summary.getByText("3 answers are missing or wrong").waitFor();
  assert.ok(await inSight(summary));
  const song = page.getByLabel("Song", { exact: true });
  assert.equal(await song.getAttribute("aria-invalid"), "true");
  const described = (await song.getAttribute("aria-describedby")).split(" ").at(-1);
  assert.equal(await page.locator(`[id="${described}"]`).innerText(), "This is needed.");
  await page.getByText("This is not an e-mail address.").waitFor();
  await summary.getByRole("button", { name: "Name" }).click();
  assert.ok(await page.getByLabel("Name").evaluate((e) => e === document.activeElement && e.value === ""));
  await page.keyboard.type("Ana");
  await song.fill("Heroes");
  await page.getByLabel("E-mail").fill("ana@example.com");
  assert.equal(await song.getAttribute("aria-invalid"), null, "a field that is right again still complains");
  await next(page, 3).click();

  await send(page).click();
  await page.getByText("Without this agreement").first().waitFor();
  assert.equal(await page.getByText("Without this agreement").count(), 3);
  const all = page.getByLabel("I confirm all three");
  await page.getByLabel("I have read").check();
  assert.equal(await all.evaluate((e) => e.indeterminate), true);
  await all.check();
  for (const tick of ["I have read", "or older", "Everyone who can"])
    assert.ok(await page.getByLabel(tick).isChecked(), tick);
  assert.ok(await inSight(send(page)));
  await send(page).click();
  await page.locator('[data-state="in_review"]').waitFor();
  quiet();
});

test("Back goes a step back and loses neither the video nor a word", limit, async (t) => {
  const { service, clips, visitor } = await startEnv(t);
  const { page, quiet } = await visitor(phone);
  await page.goto(`${service.url}/`);
  await page.goto(`${service.url}/c/${campaign}`);
  await choose(page, await clips.clip("back.mp4", { hue: 110 }));
  await page.getByText("checks passed").waitFor();
  await next(page, 2).click();
  await page.getByLabel("Song", { exact: true }).fill("Heroes");
  await page.getByLabel("Artist").fill("David Bowie");
  await page.getByLabel("Name").fill("Ana");
  await next(page, 3).click();
  await page.getByLabel("I have read").check();
  await page.goBack();
  await next(page, 3).waitFor();
  await page.getByRole("button", { name: "Back" }).click();
  await next(page, 2).waitFor();
  await page.goBack();
  await page.getByText("Your video is still chosen here", { exact: false }).waitFor();
  await next(page, 2).click();
  assert.equal(await page.getByLabel("Song", { exact: true }).inputValue(), "Heroes");
  await next(page, 3).click();
  assert.ok(await page.getByLabel("I have read").isChecked(), "a tick was lost");
  for (let i = 0; i < 3; i++) await page.goBack();
  await page.getByText("Your video is still chosen here", { exact: false }).waitFor();
  await page.goBack(); // the second time it leaves
  await page.waitForURL((u) => u.pathname === "/");
  quiet();
});
