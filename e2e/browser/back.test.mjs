// The browser's Back closes what was opened over a page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { limit, startEnv } from "./lib/env.mjs";
import { campaign } from "./lib/service.mjs";

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const choose = (page, file) => page.locator('input[type="file"]').last().setInputFiles(file);

test("Back closes a video, which has its own address, and Forward breaks nothing", limit, async (t) => {
  const { service, clips, visitor, published } = await startEnv(t);
  const [first, second] = [
    await published({ song: "Creep", artist: "Radiohead" }),
    await published({ song: "Yellow", artist: "Coldplay" }),
  ];
  const { page, quiet } = await visitor(phone);
  const home = `/c/${campaign}`;
  const at = (path) => page.waitForURL((u) => u.pathname === path);
  await page.goto(service.url + home);
  await choose(page, await clips.clip("chosen.mp4", { hue: 160 }));
  await page.getByText("checks passed").waitFor();
  await page.getByRole("button", { name: "Play About “Yellow”", exact: false }).click();
  await page.locator("dialog video").waitFor();
  await at(`/v/${second.id}`);
  await page.getByRole("button", { name: "Next", exact: false }).last().click();
  await at(`/v/${first.id}`);
  await page.goBack();
  await page.locator("dialog").waitFor({ state: "detached" });
  await at(home);
  await page.getByText("checks passed").waitFor();

  await page.goForward(); // to a dialog that exists no more
  await at(home);
  await page.getByRole("button", { name: "Play About “Creep”", exact: false }).click();
  await at(`/v/${first.id}`);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Play About “Yellow”", exact: false }).click(); // before the step back is done
  await at(`/v/${second.id}`);
  await page.reload();
  await page.getByRole("heading", { name: "About “Yellow”" }).waitFor();
  await page.goBack();
  await at(home);
  await page.locator("article").first().waitFor();

  await page.goto(`${service.url}/s/${first.id}#token=${first.token}`);
  await page.getByRole("button", { name: "Withdraw my story" }).click();
  await page.locator("dialog").waitFor();
  await page.goBack();
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.equal(new URL(page.url()).pathname, `/s/${first.id}`);
  quiet();
});
