// The recorder with two cameras: the preview is mirrored and carries the question, and the camera is switched.
import assert from "node:assert/strict";
import { test } from "node:test";
import { holdsToRules, recorded, startBrowser, visitor } from "./lib/browser.mjs";
import { limit } from "./lib/env.mjs";
import { campaign, startService } from "./lib/service.mjs";

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

for (const [device, options] of Object.entries({ phone, desktop: {} })) {
  test(`${device}: records by either camera, with the question in sight`, limit, async (t) => {
    const service = await startService();
    t.after(() => service.stop());
    const browser = await startBrowser(["--use-fake-device-for-media-stream=device-count=2"]);
    t.after(() => browser.close());
    const admin = await service.keyOf("admin");
    await service.call("PUT", `/v1/campaigns/${campaign}`, { prompt: "Which song was it?" }, admin);
    const { page, quiet } = await visitor(browser, options);
    await page.goto(`${service.url}/c/${campaign}`);
    await page
      .getByRole("button", { name: /^Record/ })
      .last()
      .click();
    const live = page.getByLabel("Camera", { exact: true }).and(page.locator("video"));
    const camera = () => live.evaluate((v) => v.srcObject?.getVideoTracks()[0]?.getSettings().deviceId);
    const start = page.getByRole("button", { name: "Start recording" });
    await page.waitForFunction(() => [...document.querySelectorAll("video")].some((v) => v.srcObject));
    assert.match(await live.evaluate((v) => getComputedStyle(v).transform), /^matrix\(-1/);
    const box = await page.locator(".recorder").boundingBox();
    if (device === "phone") assert.deepEqual([box.x, box.y, box.width, box.height], [0, 0, 390, 844]);
    await holdsToRules(page, "the recorder", device === "phone" ? [390] : [1440, 360]);
    if (device !== "phone") await page.setViewportSize({ width: 1280, height: 900 });

    const first = await camera();
    await page.getByRole("button", { name: "Switch the camera" }).click();
    await page.waitForFunction((id) => {
      const track = [...document.querySelectorAll("video")].find((v) => v.srcObject)?.srcObject.getVideoTracks()[0];
      return track && track.getSettings().deviceId !== id;
    }, first);
    await start.click();
    await recorded(page, 1);
    await page.locator(".stage").getByText("Which song was it?").waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    const review = page.getByLabel("Your recording");
    await review.waitFor();
    assert.equal(await review.evaluate((v) => getComputedStyle(v).transform), "none", "the recording is not mirrored");
    await page.getByRole("button", { name: "Record again" }).click();
    await page.getByRole("button", { name: "Switch the camera" }).click(); // between takes
    await page.waitForFunction(
      (id) =>
        [...document.querySelectorAll("video")]
          .find((v) => v.srcObject)
          ?.srcObject.getVideoTracks()[0]
          ?.getSettings().deviceId === id,
      first,
    );
    quiet();
  });
}
