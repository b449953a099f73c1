import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { test } from "node:test";
import { fillForm, holdsToRules } from "./lib/browser.mjs";
import { limit, startEnv } from "./lib/env.mjs";
import { campaign } from "./lib/service.mjs";

const css =
  "button { background: rgb(200, 0, 0) } h2 { font-size: 90px } storyreel-upload::part(send) { border-radius: 17px } storyreel-feed::part(frame) { border-radius: 13px }";
const look = createHash("sha256").update(css).digest("base64");

/** Lines that the documentation gives to brands, for the service. */
const lines = (name, service) =>
  readFileSync(new URL(`app/html/${name}`, import.meta.url), "utf8").replaceAll("https://stories.example.com", service);

/** The content policy that the documentation lists, for the service and its storage. */
async function documentedPolicy(service) {
  const guide = readFileSync(new URL("../../docs/embed/README.md", import.meta.url), "utf8");
  const [, policy] = guide.match(/```csp\n(.*?)```/s);
  const own = (await fetch(service)).headers.get("Content-Security-Policy");
  const [media, storage = media] = own.match(/media-src 'self' blob: ([^;]+)/)[1].split(" ");
  return policy
    .replaceAll("\n", " ")
    .replaceAll("https://stories.example.com", service)
    .replaceAll("https://media.example.com", media)
    .replaceAll("https://storage.example.com", storage);
}

/** An environment with a brand's website: another origin, with a look of its own. */
async function startBrand(t) {
  const brand = createServer((asked, answer) => {
    const { pathname, searchParams } = new URL(asked.url, "http://brand");
    answer.setHeader("Content-Type", "text/html");
    // As strict as a careful brand's: nothing but what the documentation lists, and no inline style.
    const allowed = policy.replace(pathname === "/closed" ? /connect-src[^;]+;/ : "", "");
    answer.setHeader("Content-Security-Policy", `default-src 'none'; style-src 'sha256-${look}'; ${allowed}`);
    const lang = pathname === "/de" ? ' lang="de"' : "";
    const elements = lines("embed.html", env.service.url)
      .replaceAll(/(<storyreel-\w+)/g, `$1${lang}`)
      .replaceAll(campaign, searchParams.get("campaign") ?? campaign);
    answer.end(`<!doctype html><title>Brand</title><style>${css}</style><h2>Brand</h2>${elements}`);
  });
  t.after(() => brand.close());
  await new Promise((done) => brand.listen(0, "127.0.0.1", done));
  const { port } = brand.address();
  const site = `http://127.0.0.1:${port}`;
  const env = await startEnv(t, { STORYREEL_ORIGINS: site });
  const policy = await documentedPolicy(env.service.url);
  return { ...env, site, unlisted: `http://localhost:${port}` };
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

/** The lines that the elements write for developers, and the events they emit, from now on. */
async function watched(page) {
  const printed = [];
  page.on("console", (m) => m.type() === "error" && m.text().startsWith("Storyreel:") && printed.push(m.text()));
  await page.addInitScript(() => {
    globalThis.events = [];
    for (const name of ["opened", "played", "shared", "filtered", "error"])
      addEventListener(`storyreel:${name}`, (e) => globalThis.events.push([name, e.detail]));
  });
  return { printed, events: () => page.evaluate(() => globalThis.events) };
}

test("elements follow their attributes, and the page can steer them", limit, async (t) => {
  const { service, clips, visitor, site } = await startBrand(t);
  const sent = [];
  for (const [i, song] of ["Heroes", "Jolene", "Hurt"].entries()) {
    const file = await clips.clip(`brand-${i}.mp4`, { hue: 40 * i, seconds: 2 });
    sent.push(await service.submit(file, { song, artist: "Singer", country: i ? "DE" : "FR" }));
    await service.publish(sent[i]);
  }
  const { page, quiet } = await visitor();
  const { events, printed } = await watched(page);
  await page.goto(site);
  const feed = page.locator("storyreel-feed");
  const set = (name, value) => feed.evaluate((e, [n, v]) => e.setAttribute(n, v), [name, value]);
  const titles = (...songs) =>
    page.waitForFunction((want) => {
      const found = document.querySelector("storyreel-feed").shadowRoot?.querySelectorAll("h3") ?? [];
      return JSON.stringify([...found].map((h) => h.textContent.match(/Heroes|Jolene|Hurt/)?.[0])) === want;
    }, JSON.stringify(songs));
  await titles("Hurt", "Jolene", "Heroes");
  await set("sort", "oldest");
  await titles("Heroes", "Jolene", "Hurt");
  await set("country", "de");
  await titles("Jolene", "Hurt");
  await set("limit", "1");
  await titles("Jolene");
  assert.equal(await feed.getByRole("button", { name: "Show more" }).count(), 0, "the limit is the end");
  await feed.evaluate((e) => ["sort", "country", "limit"].forEach((name) => e.removeAttribute(name)));
  await titles("Hurt", "Jolene", "Heroes");
  await set("layout", "row");
  await page.waitForFunction(() => {
    const cards = [...document.querySelector("storyreel-feed").shadowRoot.querySelectorAll("article")];
    return cards.length === 3 && new Set(cards.map((c) => c.getBoundingClientRect().top)).size === 1;
  });

  // Methods, and what visitors do, are reported.
  await feed.evaluate((e, id) => e.open(id), sent[1].id);
  await page.waitForFunction(() => globalThis.events.some(([name]) => name === "played"));
  assert.deepEqual(
    (await events()).map(([name, { story }]) => [name, story]),
    [
      ["opened", sent[1].id],
      ["played", sent[1].id],
    ],
  );
  await feed.getByRole("button", { name: "Share", exact: true }).click();
  await page.waitForFunction(() => globalThis.events.some(([name]) => name === "shared"));
  await feed.evaluate((e) => e.reset());
  await page.waitForFunction(() => !document.querySelector("storyreel-feed").shadowRoot.querySelector("dialog"));
  await feed.getByRole("button", { name: "Filter" }).click();
  await feed.getByLabel("Song title").fill("Hurt");
  await feed.getByRole("button", { name: "Show", exact: true }).click();
  await titles("Hurt");
  assert.deepEqual((await events()).at(-1), ["filtered", { song: "Hurt", country: "" }]);
  await feed.evaluate((e) => e.reset());
  await titles("Hurt", "Jolene", "Heroes");
  await service.call("POST", `/v1/stories/${sent[0].id}/decisions`, { action: "hide", reason: "other" });
  await feed.evaluate((e) => e.refresh());
  await titles("Hurt", "Jolene");
  const gone = await feed.evaluate((e, id) => e.open(id).then(String, (cause) => cause.code), sent[0].id);
  assert.equal(gone, "story.unknown");

  // Another language applies to both elements; what leaves the page and comes back works as before.
  await feed.evaluate((e) => (e.lang = "de"));
  await page.locator("storyreel-upload").getByRole("heading", { name: "Dein Video" }).waitFor();
  await feed.getByRole("heading", { name: "Geschichten" }).waitFor();
  await feed.evaluate((e) => {
    for (let i = 0; i < 5; i++) document.body.append(e);
    e.remove();
    document.body.append(e);
  });
  await titles("Hurt", "Jolene");
  assert.equal(await feed.getByRole("heading", { name: "Geschichten" }).count(), 1, "mounted once");
  assert.equal(await feed.evaluate((e) => e.shadowRoot.childElementCount), 1);
  await set("campaign", "none");
  await feed.getByText("Diese Kampagne gibt es nicht.").waitFor();
  assert.equal((await events()).at(-1)[0], "error");
  await set("campaign", campaign);
  await titles("Hurt", "Jolene");
  assert.equal(printed.length, 1);
  quiet();
});

test("what is wrong with a page is explained to its developer, and in words to visitors", limit, async (t) => {
  const { service, visitor, site, unlisted } = await startBrand(t);
  const see = async (address) => {
    const { page } = await visitor();
    const seen = { page, upload: page.locator("storyreel-upload"), ...(await watched(page)) };
    await page.goto(address);
    return seen;
  };

  const open = await see(site);
  await open.upload.getByRole("heading", { name: "Your video" }).waitFor();
  assert.equal(await open.page.getByRole("link", { name: "Tell your story" }).isVisible(), false, "the form is ready");
  assert.deepEqual(open.printed, []);

  const strange = await see(unlisted);
  await strange.upload.getByText("takes no stories on this website").waitFor();
  const link = strange.upload.getByRole("link", { name: "Go to the campaign's page" });
  assert.equal(await link.getAttribute("href"), `${service.url}/c/${campaign}`);
  await strange.page.locator("storyreel-feed").getByText("No story has been published yet").waitFor();
  assert.deepEqual(strange.printed, [
    `Storyreel: the campaign takes no stories from ${unlisted}. Add it to the campaign's origins. See ${service.url}/docs/embed#allow-the-website`,
  ]);

  const unknown = await see(`${site}/de?campaign=none`);
  await unknown.upload.getByText("Diese Kampagne gibt es nicht.").waitFor();
  await unknown.page.getByRole("link", { name: "Tell your story" }).waitFor();
  await unknown.page.locator("storyreel-feed").getByText("Diese Kampagne gibt es nicht.").waitFor();
  assert.equal(unknown.printed.length, 1, "two elements, one cause");
  assert.match(unknown.printed[0], /there is no campaign "none".*#attributes$/);
  assert.deepEqual(
    (await unknown.events()).map(([name, { code }]) => [name, code]),
    [
      ["error", "campaign.unknown"],
      ["error", "campaign.unknown"],
    ],
  );

  const closed = await see(`${site}/closed`);
  await closed.upload.getByText("does not let its page connect to the service").waitFor();
  await closed.page.getByRole("link", { name: "Tell your story" }).waitFor();
  assert.deepEqual(closed.printed, [
    `Storyreel: the page's content policy blocks ${service.url}. Add it to connect-src. See ${service.url}/docs/embed#content-security-policy`,
  ]);
});

test("the playground shows what is chosen, and the lines to copy for it", limit, async (t) => {
  const { service, clips, visitor } = await startEnv(t);
  await service.publish(await service.submit(await clips.clip("demo.mp4", { seconds: 2 })));
  for (const colorScheme of ["light", "dark"]) {
    const { page, quiet } = await visitor({ colorScheme, permissions: ["clipboard-read", "clipboard-write"] });
    await page.goto(`${service.url}/demo?campaign=${campaign}`);
    const code = page.getByRole("region", { name: "Code to copy" });
    await page.locator("storyreel-feed article").waitFor();
    await page.getByLabel("Layout").selectOption("row");
    await page.getByLabel("Most stories").fill("3");
    await page.getByLabel("Hashtag").fill("#Songs");
    await page.getByLabel("Colors of my own").check();
    await page.getByLabel("Accent", { exact: true }).fill("#7a1fa2");
    await page.getByLabel("Text on the accent").fill("#ffffff");
    await page.getByRole("form").getByLabel("Language").selectOption("de");
    await page.locator("storyreel-upload").getByRole("heading", { name: "Dein Video" }).waitFor();
    await page.locator("storyreel-feed article").waitFor();
    const lines = await code.innerText();
    assert.match(lines, /<script type="module" crossorigin src="http[^"]+\/embed\.js"><\/script>/);
    const feed = '<storyreel-feed campaign="thatsongwhen" lang="de" layout="row" limit="3" hashtag="Songs">';
    assert.ok(lines.includes(feed), lines);
    assert.ok(lines.includes("--marker: #7a1fa2;"));
    await page.getByRole("button", { name: "Copy the lines" }).click();
    await page.getByText("Copied.").waitFor();
    assert.equal((await page.evaluate(() => navigator.clipboard.readText())).trim(), lines.trim());
    await page.locator("storyreel-feed article button").click();
    await page.getByText("storyreel:opened").waitFor();
    await page.keyboard.press("Escape");
    await page.getByLabel("Elements").selectOption("feed");
    await page.locator("storyreel-upload").waitFor({ state: "detached" });
    await holdsToRules(page, `playground, ${colorScheme}`, [360, 1440]);
    quiet();
  }
});
