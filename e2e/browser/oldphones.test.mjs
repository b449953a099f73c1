// Browsers that lack what new ones have, and browsers inside other apps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { limit, startEnv } from "./lib/env.mjs";
import { campaign } from "./lib/service.mjs";

/** What gives the controls of the form their shape and color. */
async function outlines({ page, quiet }, url) {
  await page.goto(`${url}/c/${campaign}`);
  await page.getByRole("button", { name: "See the whole form" }).click();
  await page.getByLabel("Song", { exact: true }).waitFor();
  const found = await page.evaluate(() =>
    [...document.querySelectorAll("button, label.button, input, textarea, select, .drop, header, body")].map((e) => {
      const { borderTop, borderBottom, backgroundColor, color } = getComputedStyle(e);
      return { tag: `${e.tagName} ${e.className}`, borderTop, borderBottom, backgroundColor, color };
    }),
  );
  quiet();
  return found;
}

test("without light-dark() the form has the same outlines", limit, async (t) => {
  const { service, visitor } = await startEnv(t);
  for (const colorScheme of ["light", "dark"]) {
    const now = await outlines(await visitor({ colorScheme }), service.url);
    assert.ok(now.filter((e) => /^1\.5px|^1px solid/.test(e.borderTop)).length > 8, JSON.stringify(now));
    const old = await visitor({ colorScheme });
    let removed = 0;
    await old.context.route("**/*.css", async (route) => {
      const response = await route.fetch();
      const css = await response.text();
      removed += css.split("light-dark(").length - 1;
      await route.fulfill({ response, body: css.replaceAll("light-dark(", "unknown-function(") });
    });
    assert.deepEqual(await outlines(old, service.url), now, `${colorScheme} theme`);
    assert.ok(removed > 5, "the function was not there to be removed");
  }
});

test("without newer functions of the platform a private page still follows its story", limit, async (t) => {
  const { service, visitor, story } = await startEnv(t);
  const sent = await story({ song: "Creep", artist: "Radiohead" });
  const { page, quiet } = await visitor();
  await page.addInitScript(() => {
    delete AbortSignal.any;
    delete URL.canParse;
  });
  await page.goto(`${service.url}/s/${sent.id}#token=${sent.token}`);
  await page.locator('[data-state="in_review"]').waitFor();
  await service.call("POST", `/v1/stories/${sent.id}/decisions`, { action: "reject", reason: "quality" });
  await page.locator('[data-state="rejected"]').waitFor();
  quiet();
});

test("inside another app the page gives its address for a browser, and no recorder", limit, async (t) => {
  const { service, visitor } = await startEnv(t);
  const { page, quiet } = await visitor({
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
    userAgent:
      "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 Chrome/125.0 Mobile Safari/537.36 Instagram 334.0",
  });
  await page.goto(`${service.url}/c/${campaign}`);
  assert.equal(await page.getByLabel("Address of this page").inputValue(), `${service.url}/c/${campaign}`);
  await page.getByRole("button", { name: "Take one from my gallery" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Record in this page" }).count(), 0);
  quiet();
});

test("what browsers and robots ask for by itself is there", limit, async (t) => {
  const { service } = await startEnv(t);
  const get = (path, accept) => fetch(service.url + path, { headers: { Accept: accept ?? "*/*" } });
  for (const [path, type] of [
    ["/favicon.ico", "image/vnd.microsoft.icon"],
    ["/icon-180.png", "image/png"],
    ["/robots.txt", "text/plain"],
    ["/manifest.webmanifest", "application/manifest+json"],
  ]) {
    const answer = await get(path);
    assert.equal(answer.status, 200, path);
    assert.ok(answer.headers.get("content-type").startsWith(type), path);
  }
  assert.match(await (await get("/robots.txt")).text(), /Disallow: \/s\//);
  const manifest = await (await get("/manifest.webmanifest")).json();
  for (const { src } of manifest.icons) assert.equal((await get(src)).status, 200, src);
  const page = await (await get(`/c/${campaign}`)).text();
  for (const part of ['name="theme-color"', 'rel="apple-touch-icon"', 'rel="manifest"', "viewport-fit=cover"])
    assert.ok(page.includes(part), part);
  const missing = await get("/nothing", "text/html");
  assert.equal(missing.status, 404);
  assert.match(missing.headers.get("content-type"), /text\/html/);
});
