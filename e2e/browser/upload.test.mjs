import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { after, afterEach, before, test } from "node:test";
import { fillForm, startBrowser, visitor } from "./lib/browser.mjs";
import { clipFolder } from "./lib/clips.mjs";
import { campaign, startService } from "./lib/service.mjs";

const part = 8 << 20;
let service, browser, clips;

before(async () => {
  clips = await clipFolder();
  service = await startService();
  browser = await startBrowser();
});
// A test that fails must not leave a moderator who holds stories.
afterEach(() => Promise.all(browser.contexts().map((c) => c.close())));
after(async () => {
  await browser?.close();
  await service?.stop();
  await clips?.remove();
});

const inReview = (page) => page.locator('[data-state="in_review"]').waitFor({ timeout: 90_000 });

test(
  "an upload survives a cut network and a reload, and sends only what is missing",
  { timeout: 150_000 },
  async () => {
    const file = await clips.clip("big.mp4", { width: 1280, height: 720, seconds: 4, noise: true });
    const parts = Math.ceil((await stat(file)).size / part);
    assert.ok(parts >= 4, `the clip has only ${parts} parts`);

    const { context, page, quiet } = await visitor(browser);
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
    while (arrived.length < 1) await page.waitForTimeout(50);

    await network(true, 0);
    await page.getByText("Waiting for the network", { exact: false }).first().waitFor();
    const before = new Set(arrived).size;
    assert.ok(before < parts, "the network was cut too late");
    await network(false, 3e6);
    await page.getByText("left.", { exact: false }).first().waitFor();

    await page.reload();
    await page.getByText("An upload is not finished.").waitFor();
    const { received } = await resumeState(page, service);
    await network(false, -1);
    arrived.length = 0;
    await page.locator('input[type="file"]').setInputFiles(file);
    await inReview(page);
    assert.ok(received >= 1, "nothing had arrived before the reload");
    assert.equal(arrived.length, parts - received, "parts were sent again that storage had");
    quiet();
    await context.close();
  },
);

/** What the service says it has of the upload this browser began. */
async function resumeState(page, service) {
  const { story, token } = await page.evaluate(() => JSON.parse(localStorage.getItem("storyreel.uploads"))[0]);
  await page.waitForTimeout(500); // what was under way when the page went is settled
  const plan = await service.call("GET", `/v1/stories/${story}/upload`, undefined, token);
  return { received: plan.received.length };
}

test("pausing stops, going on goes on", { timeout: 90_000 }, async () => {
  const file = await clips.clip("pause.mp4", { width: 1280, height: 720, seconds: 3, noise: true });
  const { context, page, quiet } = await visitor(browser);
  const net = await context.newCDPSession(page);
  await net.send("Network.enable");
  await net.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: 4e6,
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
  await page.getByRole("button", { name: "Go on" }).click();
  await inReview(page);
  quiet();
  await context.close();
});

test("a recording made in the page is kept, sent and reviewed", { timeout: 90_000 }, async () => {
  const { context, page, quiet } = await visitor(browser, { permissions: ["camera", "microphone"] });
  await page.goto(`${service.url}/c/${campaign}`);
  await page.getByRole("button", { name: "Record now" }).click();
  await page.getByRole("button", { name: "Start recording" }).click();
  await page.getByText("Recording 0:03", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: "Use this take" }).waitFor();

  await page.reload(); // as after a crash: the take is still there
  await page.getByText("You have an unsent recording", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Use it" }).click();
  await page.getByText("checks passed").waitFor();
  await fillForm(page, { song: "Yellow", artist: "Coldplay" });
  await page.getByRole("button", { name: "Send my story" }).click();
  await inReview(page);
  quiet();
  await context.close();
});

test("a file that is no video is refused before anything is sent", async () => {
  const { context, page, quiet } = await visitor(browser);
  const begun = [];
  page.on("request", (r) => r.method() === "POST" && begun.push(r.url()));
  await page.goto(`${service.url}/c/${campaign}`);
  await page.locator('input[type="file"]').setInputFiles({
    name: "holiday.mp4",
    mimeType: "video/mp4",
    buffer: Buffer.from("%PDF-1.7 not a film at all, but named like one ".repeat(20)),
  });
  await page.getByText("This does not look like a video", { exact: false }).waitFor();
  await fillForm(page);
  await page.getByRole("button", { name: "Send my story" }).click();
  await page.waitForTimeout(300);
  assert.deepEqual(begun, []);
  quiet();
  await context.close();
});

test(
  "the status page takes its token out of the address; withdrawing takes the story off the feed",
  { timeout: 90_000 },
  async () => {
    const sent = await service.submit(await clips.clip("withdrawn.mp4", { hue: 90 }), {
      song: "Creep",
      artist: "Radiohead",
      name: "Thom",
    });
    await service.publish(sent);
    const { context, page, quiet } = await visitor(browser);
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
