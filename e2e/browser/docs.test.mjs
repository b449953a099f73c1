// The documentation, as people read it: on a phone and a desk, in both themes,
// by keyboard, and without scripts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axeSource } from "./lib/browser.mjs";
import { limit, openEnv } from "./lib/env.mjs";

let env, addresses;

before(async () => {
  env = await openEnv();
  const html = await (await fetch(`${env.service.url}/docs`)).text();
  addresses = [...new Set([...html.matchAll(/href="(\/docs[^"#]*)"/g)].map(([, address]) => address))];
});
after(() => env?.close());

/** Problems of accessibility, as axe finds them. */
async function violations(page) {
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join("; ")}`);
}

for (const [width, colorScheme] of [
  [360, "light"],
  [1440, "dark"],
]) {
  test(`every page, ${width} px, ${colorScheme}: holds to WCAG 2.2 AA, never scrolls sideways`, limit, async (t) => {
    assert.ok(addresses.length > 20, `only ${addresses}`);
    const { context, page, quiet } = await env.visitor({ viewport: { width, height: 900 }, colorScheme });
    t.after(() => context.close());
    for (const address of [...addresses, "/docs/search?q=restore"]) {
      const answer = await page.goto(env.service.url + address);
      assert.equal(answer.status(), 200, address);
      await page.locator("#theme button").waitFor(); // the script has run
      if (await page.locator("#part").count()) await page.locator("#part li").first().waitFor();
      for (const summary of await page.locator(".menu > summary:visible").all()) await summary.click();
      for (const w of [width, 768]) {
        await page.setViewportSize({ width: w, height: 900 });
        const sideways = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.ok(sideways <= 0, `${address} scrolls ${sideways} px sideways at ${w} px`);
      }
      await page.setViewportSize({ width, height: 900 });
      await page.evaluate(axeSource());
      assert.deepEqual(await violations(page), [], address);
    }
    quiet();
  });
}

test("the keyboard leads past the navigation, to a section, and on to the next page", limit, async (t) => {
  const { context, page, quiet } = await env.visitor({ viewport: { width: 1440, height: 900 } });
  t.after(() => context.close());
  await page.goto(`${env.service.url}/docs/operate/configure`);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  await page.getByRole("navigation", { name: "On this page" }).getByRole("link", { name: "Behind a CDN" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/#behind-a-cdn$/);
  const top = await page.locator("#behind-a-cdn").evaluate((e) => e.getBoundingClientRect().top);
  assert.ok(top >= 0 && top < 450, `the section is ${top} px below the top`);
  await page.getByRole("link", { name: /^Next/ }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/docs/operate/commands");
  const current = page.locator("nav.side a[aria-current=page]");
  assert.equal(await current.innerText(), "Command line");
  quiet();
});

test("on a phone the lists are behind a disclosure each, by keyboard too", limit, async (t) => {
  const { context, page, quiet } = await env.visitor({ viewport: { width: 360, height: 800 } });
  t.after(() => context.close());
  await page.goto(`${env.service.url}/docs/security`);
  const limits = page.getByRole("navigation", { name: "On this page" }).getByRole("link", { name: "Limits" });
  assert.equal(await limits.isVisible(), false);
  await page.getByText("On this page").first().focus();
  await page.keyboard.press("Enter");
  await limits.click();
  await page.waitForURL(/#limits$/);
  await page.getByText("All pages").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "For moderators" }).click();
  await page.getByRole("heading", { level: 1, name: "For moderators" }).waitFor();
  quiet();
});

test("the search leads to the section, and works without scripts", limit, async (t) => {
  const { context, page } = await env.visitor({ javaScriptEnabled: false });
  t.after(() => context.close());
  await page.goto(`${env.service.url}/docs`);
  await page.getByRole("searchbox", { name: "Search the documentation" }).fill("purge varnish");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Configure › Behind a CDN" }).click();
  await page.waitForURL("**/docs/operate/configure#behind-a-cdn");
  await page.goto(`${env.service.url}/docs/errors`);
  await page.getByRole("heading", { name: "Error codes" }).waitFor();
});

test("the chosen theme holds on every page", limit, async (t) => {
  const { context, page, quiet } = await env.visitor({ colorScheme: "light" });
  t.after(() => context.close());
  await page.goto(`${env.service.url}/docs/storage`);
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByRole("button", { name: "Theme: system" }).click();
  await page.getByRole("button", { name: "Theme: light" }).click();
  await page.getByRole("button", { name: "Theme: dark" }).waitFor();
  const dark = await background();
  assert.notEqual(dark, light);
  await page.goto(`${env.service.url}/docs/operate/backup`);
  await page.getByRole("button", { name: "Theme: dark" }).waitFor();
  assert.equal(await background(), dark);
  quiet();
});

test("pages are kept by their tag, and images come with them", limit, async (t) => {
  const { context, page, quiet } = await env.visitor();
  t.after(() => context.close());
  const address = `${env.service.url}/docs/guide/moderators`;
  const first = await fetch(address);
  assert.equal(first.headers.get("cache-control"), "no-cache");
  const again = await fetch(address, { headers: { "If-None-Match": first.headers.get("etag") } });
  assert.equal(again.status, 304);
  assert.doesNotMatch(await first.text(), /<script(?![^>]*\bsrc=)|<style|\son\w+=|style=/);
  await page.goto(address);
  const image = page.locator(".prose img").first();
  await page.waitForFunction((e) => e.complete && e.naturalWidth > 0, await image.elementHandle());
  quiet();
});
