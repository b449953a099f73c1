import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axeSource, signIn, startBrowser, visitor } from "./lib/browser.mjs";
import { clipFolder } from "./lib/clips.mjs";
import { campaign, startService } from "./lib/service.mjs";

let service, browser, clips, published, waiting;

before(async () => {
  clips = await clipFolder();
  service = await startService();
  browser = await startBrowser();
  published = await service.submit(await clips.clip("a.mp4"), { song: "Heroes", artist: "David Bowie", country: "DE", text: "We danced." });
  waiting = await service.submit(await clips.clip("b.mp4", { hue: 90, width: 640, height: 360 }), { song: "Jolene", artist: "Dolly Parton" });
  await service.publish(published);
});
after(async () => {
  await browser?.close();
  await service?.stop();
  await clips?.remove();
});

/** Each page as people see it: its address, who may see it, and what shows that it is there. */
const pages = [
  { name: "front door", path: () => "/", ready: "h1" },
  { name: "campaign", path: () => `/c/${campaign}`, ready: "article" },
  { name: "a story played", path: () => `/c/${campaign}`, ready: "article", then: (p) => p.locator("article button").first().click(), shows: "dialog video" },
  { name: "status", path: () => `/s/${published.id}#token=${published.token}`, ready: '[data-state="published"]' },
  { name: "status in review", path: () => `/s/${waiting.id}#token=${waiting.token}`, ready: '[data-state="in_review"]' },
  { name: "withdraw", path: () => `/s/${waiting.id}#token=${waiting.token}`, ready: '[data-state="in_review"]', then: (p) => p.getByRole("button", { name: "Withdraw my story" }).click(), shows: "dialog" },
  { name: "sign in", path: () => "/sign-in", ready: "form" },
  { name: "API", path: () => "/docs", ready: "details" },
  { name: "review", path: () => "/review", staff: "moderator", ready: "[aria-label='Your stories'] li" },
  { name: "keys", path: () => "/review", staff: "moderator", ready: "[aria-label='Your stories'] li", then: (p) => p.keyboard.press("?"), shows: "dialog" },
  { name: "reasons", path: () => "/review", staff: "moderator", ready: "[aria-label='Your stories'] li", then: (p) => p.keyboard.press("r"), shows: "fieldset" },
  { name: "decided", path: () => `/review?story=${"ID"}`, staff: "moderator", ready: "dialog [data-state]" },
  { name: "board", path: () => "/board", staff: "creative", ready: "article" },
  { name: "board story", path: () => "/board", staff: "creative", ready: "article", then: (p) => p.locator("article button").first().click(), shows: "dialog video" },
];

for (const colorScheme of ["light", "dark"]) {
  test(`no page breaks WCAG 2.2 AA or scrolls sideways at 360 px, ${colorScheme}`, { timeout: 120_000 }, async (t) => {
    const who = {};
    for (const role of ["moderator", "creative"]) {
      who[role] = await visitor(browser, { colorScheme, reducedMotion: "reduce" });
      await signIn(who[role].page, await service.link(`${role}@demo.storyreel.example`, role === "moderator" ? "review" : "board"), role === "moderator" ? "/review" : "/board");
    }
    who.anyone = await visitor(browser, { colorScheme, reducedMotion: "reduce" });
    for (const p of pages) {
      await t.test(p.name, async () => {
        const { page, quiet } = who[p.staff ?? "anyone"];
        for (const width of [1280, 360]) {
          await page.setViewportSize({ width, height: 800 });
          await page.goto("about:blank"); // so that a fragment is a new visit
          await page.goto(service.url + p.path().replace("ID", published.id));
          if (colorScheme === "light" && p.staff === "moderator") await page.evaluate(() => (document.documentElement.dataset.theme = "light"));
          await page.locator(p.ready).first().waitFor();
          if (p.then) {
            await p.then(page);
            await page.locator(p.shows).first().waitFor();
          }
          const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          assert.ok(sideways <= 0, `${p.name} scrolls ${sideways} px sideways at ${width} px`);
          await page.evaluate(axeSource());
          const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], rules: { "video-caption": { enabled: false } } }));
          const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join("; ")}`);
          assert.deepEqual(found, [], `${p.name} at ${width} px`);
        }
        quiet();
      });
    }
    for (const v of Object.values(who)) await v.context.close();
  });
}

test("pages carry the policy that keeps foreign script out; assets are immutable; unknown ones are problems", async () => {
  const page = await fetch(`${service.url}/c/${campaign}`);
  const policy = page.headers.get("content-security-policy");
  for (const rule of ["default-src 'none'", "script-src 'self';", "style-src 'self';", "require-trusted-types-for 'script'", "trusted-types 'none'", "frame-ancestors 'none'"]) assert.ok(policy.includes(rule), rule);
  const html = await page.text();
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\son\w+=|style=/);
  const asset = html.match(/\/assets\/[^"]+\.js/)[0];
  const script = await fetch(service.url + asset);
  assert.match(script.headers.get("cache-control"), /immutable/);
  assert.equal(script.headers.get("content-encoding"), "gzip");
  const missing = await fetch(`${service.url}/assets/nothing.js`);
  assert.equal(missing.status, 404);
  assert.match(missing.headers.get("content-type"), /problem\+json/);
});
