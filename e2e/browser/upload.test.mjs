import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { test } from "node:test";
import { fillForm, recorded } from "./lib/browser.mjs";
import { limit, startEnv } from "./lib/env.mjs";
import { campaign } from "./lib/service.mjs";

const part = 8 << 20;

const inReview = (page) => page.locator('[data-state="in_review"]').waitFor();

test("an upload survives a cut network and a reload, and sends only what is missing", limit, async (t) => {
  const { service, clips, visitor } = await startEnv(t);
  const file = await clips.clip("big.mp4", { width: 1280, height: 720, seconds: 8, noise: true });
  const parts = Math.ceil((await stat(file)).size / part);
  assert.ok(parts >= 8, `the clip has only ${parts} parts`);

  const { context, page, quiet } = await visitor();
  const net = await context.newCDPSession(page);
  const network = (offline, uploadThroughput) =>
    net.send("Network.emulateNetworkConditions", { offline, latency: 0, downloadThroughput: -1, uploadThroughput });
  const arrived = [];
  page.on("response", (r) => r.request().method() === "PUT" && r.ok() && arrived.push(r.url()));
  await net.send("Network.enable");
  await network(false, 6e6);

  await page.goto(`${service.url}/c/${campaign}`);
  await page.locator('input[type="file"]').setInputFiles(file);
  await page.getByText("checks passed").waitFor();
  await fillForm(page);
  await page.getByRole("button", { name: "Send my story" }).click();
  await page.waitForResponse((r) => r.request().method() === "PUT" && r.ok());

  await network(true, 0);
  await page.getByText("Waiting for the network", { exact: false }).first().waitFor();
  const before = new Set(arrived).size;
  assert.ok(before < parts, "the network was cut too late");
  await network(false, 3e6);
  await page.getByText("left.", { exact: false }).first().waitFor();

  await page.reload();
  await page.getByText("An upload is not finished.").waitFor();
  await network(false, -1);
  arrived.length = 0;
  // The parts that the service reports when the page resumes.
  const answered = page.waitForResponse((r) => r.url().endsWith("/upload") && r.request().method() === "GET");
  await page.locator('input[type="file"]').setInputFiles(file);
  const received = (await (await answered).json()).received.length;
  await inReview(page);
  assert.ok(received >= 1, "nothing had arrived before the reload");
  assert.equal(arrived.length, parts - received, "parts were sent again that storage had");
  quiet();
  await context.close();
});

test("pausing stops, going on goes on", limit, async (t) => {
  const { service, clips, visitor } = await startEnv(t);
  const file = await clips.clip("pause.mp4", { width: 1280, height: 720, seconds: 3, noise: true });
  const { context, page, quiet } = await visitor();
  const net = await context.newCDPSession(page);
  await net.send("Network.enable");
  await net.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: 2e6,
  });
  await page.goto(`${service.url}/c/${campaign}`);
  await page.locator('input[type="file"]').setInputFiles(file);
  await fillForm(page);
  await page.getByRole("button", { name: "Send my story" }).click();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("Paused.").waitFor();
  await net.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: -1,
  });
  await page.getByRole("button", { name: "Resume" }).click();
  await inReview(page);
  quiet();
});

test("a recording made in the page is kept, sent and reviewed", limit, async (t) => {
  const { service, clips, visitor } = await startEnv(t);
  const { context, page, quiet } = await visitor({ permissions: ["camera", "microphone"] });
  await page.goto(`${service.url}/c/${campaign}`);
  await page.getByRole("button", { name: "Record now" }).click();
  await page.getByRole("button", { name: "Start recording" }).click();
  await recorded(page, 3);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: "Use this recording" }).waitFor();

  await page.reload(); // as after a crash: the take is still there
  await page.getByText("You have an unsent recording", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Use it" }).click();
  await page.getByText("checks passed").waitFor();
  await fillForm(page, { song: "Yellow", artist: "Coldplay" });
  await page.getByRole("button", { name: "Send my story" }).click();
  await inReview(page);
  quiet();
});

test("a file that is no video is refused before anything is sent", limit, async (t) => {
  const { service, clips, visitor } = await startEnv(t);
  const { context, page, quiet } = await visitor();
  const begun = [];
  page.on("request", (r) => r.method() === "POST" && begun.push(r.postData()));
  await page.goto(`${service.url}/c/${campaign}`);
  await page.locator('input[type="file"]').setInputFiles({
    name: "holiday.mp4",
    mimeType: "video/mp4",
    buffer: Buffer.from("%PDF-1.7 not a video at all, but named like one ".repeat(20)),
  });
  await page.getByText("This is not a video file", { exact: false }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Send my story" }).count(), 0, "the form opens for no video");
  await page.locator('input[type="file"]').setInputFiles(await clips.clip("good.mp4"));
  await page.getByText("checks passed").waitFor();
  await fillForm(page);
  // A worse one instead, with the form open: the reason stands beside the button.
  await page
    .locator('input[type="file"]')
    .setInputFiles({ name: "e.mp4", mimeType: "video/mp4", buffer: Buffer.alloc(0) });
  await page.locator("form").getByText("This file is empty.").waitFor();
  await page.getByRole("button", { name: "Send my story" }).click();
  await page.locator('input[type="file"]').setInputFiles(await clips.clip("good.mp4"));
  await page.getByText("checks passed").waitFor();
  await page.getByRole("button", { name: "Send my story" }).click();
  await inReview(page);
  assert.match(begun[0], /"name":"good\.mp4"/);
  quiet();
});

test(
  "the status page takes its token out of the address; withdrawing takes the story off the feed",
  limit,
  async (t) => {
    const { service, clips, visitor } = await startEnv(t);
    const sent = await service.submit(await clips.clip("withdrawn.mp4"), {
      song: "Creep",
      artist: "Radiohead",
      name: "Thom",
    });
    await service.publish(sent);
    const { context, page, quiet } = await visitor();
    await page.goto(`${service.url}/c/${campaign}`);
    await page.getByRole("button", { name: "Play About “Creep”", exact: false }).waitFor();

    await page.goto(`${service.url}/s/${sent.id}#token=${sent.token}`);
    await page.locator('[data-state="published"]').waitFor();
    assert.equal(new URL(page.url()).hash, "");
    await page.reload();
    await page.locator('[data-state="published"]').waitFor();
    await page.getByRole("button", { name: "Withdraw my story" }).click();
    await page.getByRole("button", { name: "Yes, withdraw it" }).click();
    await page.locator('[data-state="withdrawn"], [data-state="erased"]').waitFor();
    const feed = await (
      await fetch(`${service.url}/v1/campaigns/${campaign}/feed`, { headers: { "Cache-Control": "no-cache" } })
    ).json();
    assert.ok(!feed.items.some((i) => i.id === sent.id), "the withdrawn story is still on the feed");
    quiet();
    await context.close();
  },
);
