// Debian's Chromium, driven by playwright-core; every page is watched for
// errors and for violations of its content policy.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../../web/package.json", import.meta.url));

function load(name) {
  try {
    return require(name);
  } catch (cause) {
    throw new Error(`${name} is not installed: run \`npm ci --ignore-scripts\` in web/`, { cause });
  }
}

const { chromium } = load("playwright-core");
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
  "--mute-audio",
];

/** `more` are flags after the common ones, which they override. */
export async function startBrowser(more = []) {
  const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
  if (!existsSync(executablePath))
    throw new Error(`there is no Chromium at ${executablePath}: run \`apt-get install chromium\`, or set CHROMIUM`);
  return chromium.launch({ executablePath, args: [...flags, ...more] });
}

/**
 * A fresh visitor. `complaints` collects the messages of the pages' consoles; `explain` prints what the open pages show
 * and what went wrong in them, for a test that failed.
 */
export async function visitor(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(90_000);
  const complaints = [];
  const heard = [];
  context.on("weberror", (e) => {
    heard.push(`error: ${e.error()}`);
    complaints.push(String(e.error()));
  });
  context.on("console", (m) => {
    heard.push(`console: ${m.text()}`);
    if (/content security policy|trusted ?type/i.test(m.text())) complaints.push(m.text());
  });
  context.on("response", (r) => r.status() >= 400 && heard.push(`${r.status()} ${r.url()}`));
  context.on("requestfailed", (r) => heard.push(`${r.failure()?.errorText} ${r.url()}`));
  const page = await context.newPage();
  page.on("dialog", (d) => void d.accept()); // "leave the page?" while an upload runs
  const quiet = () => assert.deepEqual(complaints, []);
  return { context, page, complaints, quiet, explain: () => explain(context, heard) };
}

async function explain(context, messages) {
  for (const page of context.pages()) {
    const shown = await page
      .locator("body")
      .ariaSnapshot({ timeout: 5000 })
      .catch((cause) => `not readable: ${cause.message}`);
    console.log(`${page.url()}\n${shown.slice(0, 4000)}`);
  }
  console.log(messages.slice(-30).join("\n"));
}

/** Signs in by link and a press, as a person would. */
export async function signIn(page, link, path) {
  await page.goto(link);
  await page.getByRole("button", { name: /^(Sign in|Anmelden)$/ }).click();
  await page.waitForURL((u) => u.pathname === path);
}

/**
 * Closes the open dialog by Escape and waits until it is gone, as texts of the page may stand in both, and its address
 * with it: a navigation meanwhile would be aborted by the step back.
 */
export async function leaveDialog(page) {
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "detached" });
  await page.waitForURL((u) => !u.searchParams.has("story") && !u.searchParams.has("compare"));
}

export const axeSource = () => readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** The elements that reach beyond the right edge of the page. */
const tooWide = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("body *")]
      .filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
      .map((e) => `${e.tagName.toLowerCase()}.${e.className}`)
      .slice(0, 8)
      .join(", "),
  );

/** At each width, the page holds to WCAG 2.2 AA and never scrolls sideways. */
export async function holdsToRules(page, name, widths) {
  await page.evaluate(axeSource());
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    // what is placed by script (menus, rows) takes its new place a frame later
    await page.evaluate(
      () => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(r)))),
    );
    const sideways = await page.evaluate(() =>
      Math.max(
        ...[document.documentElement, ...document.querySelectorAll("dialog[open]")].map(
          (e) => e.scrollWidth - e.clientWidth,
        ),
      ),
    );
    assert.ok(sideways <= 0, `${name} scrolls ${sideways} px sideways at ${width} px: ${await tooWide(page)}`);
    const { violations } = await page.evaluate(() =>
      globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }),
    );
    const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join("; ")}`);
    assert.deepEqual(found, [], `${name} at ${width} px`);
  }
}

/** The contributor's form, filled in. */
export async function fillForm(page, words = {}) {
  const w = { song: "Heroes", artist: "David Bowie", name: "Ana", ...words };
  const first = page.getByRole("button", { name: "Next: step 2" });
  if (await first.isVisible()) await first.click(); // on phones
  await page.getByLabel("Song", { exact: true }).fill(w.song);
  await page.getByLabel("Artist").fill(w.artist);
  await page.getByLabel("Name").fill(w.name);
  const next = page.getByRole("button", { name: "Next: step 3" });
  if (await next.isVisible()) await next.click(); // on phones
  for (const tick of ["I have read", "or older", "Everyone who can"]) await page.getByLabel(tick).check();
}

/** Waits until the recorder has recorded so many seconds, 1 to 9, or more. */
export const recorded = (page, seconds) =>
  page.getByText(new RegExp(`Recording\\s+(0:0[${seconds}-9]|0:[1-9]|[1-9])`)).waitFor();
