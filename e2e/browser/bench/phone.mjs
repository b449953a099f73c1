// The contributor's page on a phone: how soon it can be used on slow networks, and how much there is to do.
import { campaign } from "../lib/service.mjs";

export const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

/** Bits per second, round trip in milliseconds, and how many times slower than this machine the phone is. */
export const networks = {
  "slow 3G, 4× slower CPU": { bits: 400_000, rtt: 400, slower: 4 },
  "fast 3G, 4× slower CPU": { bits: 1_600_000, rtt: 150, slower: 4 },
};

/** Slows a page down as DevTools does. */
export async function throttle(page, { bits, rtt, slower }) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: rtt,
    downloadThroughput: bits / 8,
    uploadThroughput: bits / 8,
  });
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: slower });
  return devtools;
}

/** In the page: sums up layout shifts that no press caused. */
const watchShifts = () => {
  globalThis.shifted = 0;
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) if (!shift.hadRecentInput) globalThis.shifted += shift.value;
  }).observe({ type: "layout-shift", buffered: true });
};

/** In the page: a video can be chosen. */
const usable = () =>
  [...document.querySelectorAll("button, label.button")].some(
    (e) => /gallery|Choose a file/.test(e.textContent) && e.checkVisibility(),
  );

/** First paint and usable form in milliseconds, layout shift, and bytes over the network until nothing moves. */
export async function firstVisit(env, network) {
  const { context, page } = await env.visitor(phone);
  try {
    const devtools = await throttle(page, network);
    let bytes = 0;
    devtools.on("Network.loadingFinished", (e) => (bytes += e.encodedDataLength));
    await page.addInitScript(watchShifts);
    await page.goto(`${env.service.url}/c/${campaign}`, { waitUntil: "commit" });
    await page.waitForFunction(usable, undefined, { polling: "raf" });
    const form = await page.evaluate(() => performance.now());
    const scripts = bytes;
    await page.waitForLoadState("networkidle");
    const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime);
    return { paint, form, shifted: await page.evaluate(() => globalThis.shifted), bytes, scripts };
  } finally {
    await context.close();
  }
}

/** Fills in and sends a story with as few taps and typed fields as the form needs; returns both counts. */
async function sendOne(page, file) {
  let taps = 0;
  const tap = async (found) => {
    await found.tap();
    taps++;
  };
  let typed = 0;
  const type = async (field, value) => {
    if (await field.inputValue()) return; // remembered
    await field.fill(value);
    typed++;
  };
  taps++; // the choice of a video, whose dialog is the phone's
  await page.locator('input[type="file"]').last().setInputFiles(file);
  await page
    .getByText("checks passed")
    .or(page.getByLabel("Song", { exact: true }))
    .first()
    .waitFor();
  const second = page.getByRole("button", { name: "Next: step 2" });
  if (await second.isVisible()) await tap(second);
  await page.getByLabel("Song", { exact: true }).waitFor();
  await type(page.getByLabel("Song", { exact: true }), "Heroes");
  await type(page.getByRole("textbox", { name: "Artist" }), "David Bowie");
  await type(page.getByRole("textbox", { name: "Name" }), "Ana");
  const third = page.getByRole("button", { name: "Next: step 3" });
  if (await third.isVisible()) await tap(third);
  await tap(page.getByLabel("I confirm all three"));
  await tap(page.getByRole("button", { name: "Send my story" }));
  return { taps, typed };
}

/** What a new and a returning visitor do to send a story, and where the result then stands. */
export async function sending(env) {
  const { context, page } = await env.visitor(phone);
  try {
    const visits = [];
    for (const hue of [10, 50]) {
      await page.goto(`${env.service.url}/c/${campaign}`);
      visits.push(await sendOne(page, await env.clips.clip(`phone-${hue}.mp4`, { hue, seconds: 4 })));
      await page.locator('[data-state="in_review"]').waitFor();
    }
    const result = await page.locator("[data-state]").first().boundingBox();
    const focused = await page.evaluate(() => document.activeElement.tagName);
    return { visits, top: Math.round(result.y), focused };
  } finally {
    await context.close();
  }
}

/** Milliseconds until a large file is checked. */
export async function largeFile(env) {
  const { context, page } = await env.visitor(phone);
  try {
    const file = await env.clips.clip("large.mp4", { width: 1280, height: 720, seconds: 20, noise: true });
    await page.goto(`${env.service.url}/c/${campaign}`);
    const chosen = Date.now();
    await page.locator('input[type="file"]').last().setInputFiles(file);
    await page.getByText("checks passed").waitFor();
    return { file, checked: Date.now() - chosen };
  } finally {
    await context.close();
  }
}
