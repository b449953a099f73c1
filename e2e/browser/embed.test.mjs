import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { test } from "node:test";
import { fillForm } from "./lib/browser.mjs";
import { limit, startEnv } from "./lib/env.mjs";
import { campaign } from "./lib/service.mjs";

const css =
  "button { background: rgb(200, 0, 0) } h2 { font-size: 90px } storyreel-upload::part(send) { border-radius: 17px } storyreel-feed::part(frame) { border-radius: 13px }";
const look = createHash("sha256").update(css).digest("base64");

/** Lines that the documentation gives to brands, for the service. */
const lines = (name, service) =>
  readFileSync(new URL(`app/html/${name}`, import.meta.url), "utf8").replaceAll("https://stories.example.com", service);

/** An environment with a brand's website: another origin, with a look of its own. */
async function startBrand(t) {
  const brand = createServer((asked, answer) => {
    const lang = asked.url === "/de" ? 'lang="de"' : "";
    answer.setHeader("Content-Type", "text/html");
    // As strict as a careful brand's: no inline style, nothing parsed to script.
    answer.setHeader(
      "Content-Security-Policy",
      `default-src 'none'; script-src ${env.service.url}; style-src 'sha256-${look}'; connect-src http://127.0.0.1:*; img-src http://127.0.0.1:* blob:; media-src http://127.0.0.1:* blob:; require-trusted-types-for 'script'; trusted-types 'none'`,
    );
    const elements = lines("embed.html", env.service.url).replaceAll("></storyreel-", ` ${lang}></storyreel-`);
    answer.end(`<!doctype html><title>Brand</title><style>${css}</style><h2>Brand</h2>${elements}`);
  });
  t.after(() => brand.close());
  await new Promise((done) => brand.listen(0, "127.0.0.1", done));
  const site = `http://127.0.0.1:${brand.address().port}`;
  const env = await startEnv(t, { STORYREEL_ORIGINS: site });
  return { ...env, site };
}

test("a brand's page sends a story and shows the feed through the embedded elements", limit, async (t) => {
  const { service, clips, visitor, site } = await startBrand(t);
  const { page, quiet } = await visitor();
  await page.goto(site);
  await page.evaluate(() => {
    globalThis.events = [];
    for (const name of ["progress", "submitted", "error"])
      addEventListener(`storyreel:${name}`, (e) => globalThis.events.push([name, e.detail]));
  });
  const printed = [];
  page.on("console", (m) => printed.push(m.text()));
  await page.evaluate(lines("events.html").replace(/<\/?script>/g, ""));
  const upload = page.locator("storyreel-upload");
  await upload.locator('input[type="file"]').setInputFiles(await clips.clip("brand.mp4", { hue: 30, seconds: 2 }));
  await upload.getByText("checks passed").waitFor();
  // Neither page touches the other's look.
  assert.notEqual(
    await upload.getByRole("button", { name: "Send my story" }).evaluate((b) => getComputedStyle(b).backgroundColor),
    "rgb(200, 0, 0)",
  );
  assert.equal(
    await upload.getByRole("button", { name: "Send my story" }).evaluate((b) => getComputedStyle(b).borderRadius),
    "17px",
    "parts are the page's to style",
  );
  assert.equal(await page.evaluate(() => document.querySelectorAll("head style").length), 1);
  await fillForm(page, { song: "Jolene", artist: "Dolly Parton" });
  await upload.getByRole("button", { name: "Send my story" }).click();
  await page.locator('[data-state="in_review"]').waitFor();
  const heading = upload.getByRole("heading", { name: "Your story has been sent" });
  assert.ok(await heading.evaluate((h) => h === h.getRootNode().activeElement), "the result has the focus");
  await page.waitForFunction(
    (h) => {
      const { top, bottom } = h.getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    },
    await heading.elementHandle(),
  );
  const events = await page.evaluate(() => globalThis.events);
  const [, submitted] = events.find(([name]) => name === "submitted");
  assert.match(submitted.story, /^[0-9a-f-]{36}$/);
  assert.ok(printed.includes(`sent ${submitted.story}`), "the lines for events hear that it is sent");
  assert.ok(!JSON.stringify(events).includes("token"), "the events of the page around hold no token");
  assert.match(
    await upload.getByRole("link", { name: "Open my status page" }).getAttribute("href"),
    new RegExp(`^${service.url}/s/`),
  );

  await service.call("POST", `/v1/stories/${submitted.story}/decisions`, { action: "approve" });
  await service.until(submitted.story, undefined, "published");
  await service.caption({ id: submitted.story });
  quiet();
  await seesFeed(await visitor(), site);
});

/** Plays the one story of the brand's feed, as a visitor whose browser has no older feed in its cache. */
async function seesFeed({ page, quiet }, site) {
  await page.goto(site);
  const card = page.locator("storyreel-feed article button").first();
  await card.click();
  await page.waitForFunction(
    () => document.querySelector("storyreel-feed").shadowRoot.querySelector("dialog video")?.currentTime > 0.3,
  );
  // Captions show in the visitor's language, on a page of another origin and under its strict policy.
  await page.waitForFunction(() => {
    const [track] = document.querySelector("storyreel-feed").shadowRoot.querySelector("dialog video").textTracks;
    return track?.mode === "showing" && track.cues?.length === 1;
  });
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.querySelector("storyreel-feed").shadowRoot.querySelector("dialog"));
  assert.equal(
    await card.evaluate((b) => b === b.getRootNode().activeElement),
    true,
    "the focus did not come back to the frame",
  );
  quiet();
}

test("the elements use the language that the page asks for, and leave the page's own alone", limit, async (t) => {
  const { visitor, site } = await startBrand(t);
  const { page, quiet } = await visitor();
  const loaded = [];
  page.on("request", (r) => loaded.push(new URL(r.url()).pathname));
  await page.goto(`${site}/de`);
  await page.locator("storyreel-upload").getByRole("heading", { name: "Dein Video" }).waitFor();
  await page.locator("storyreel-feed").getByRole("heading", { name: "Geschichten" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "");
  // Before anything is used, neither the rest of the form nor the player is there.
  assert.deepEqual(
    loaded.filter((p) => /StoryForm|Recorder|Viewer|Filters|hls|rest-|embed-en/.test(p)),
    [],
  );
  await page.locator("storyreel-upload").getByRole("button", { name: "Erst das ganze Formular" }).click();
  await page.locator("storyreel-upload").getByRole("button", { name: "Meine Geschichte senden" }).waitFor();
  assert.ok(
    loaded.some((p) => /StoryForm/.test(p)),
    "the rest of the form has a script of its own",
  );
  quiet();
});
