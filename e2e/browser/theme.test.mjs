// The look of a campaign: set by an administrator, seen on every public surface, and readable in both themes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fillForm, holdsToRules, signIn } from "./lib/browser.mjs";
import { eventually, limit, startEnv } from "./lib/env.mjs";
import { campaign } from "./lib/service.mjs";

const widths = [1440, 360];
const brand = "https://cdn.brand.example";
const theme = {
  logo: `${brand}/logo.svg`,
  logo_alt: "Brand of the test",
  cover: `${brand}/cover.svg`,
  accent: "#0a1a4a",
  thanks: "Thank you!\nWe read each of them.",
};
// As the page's script computes them, on light and on dark pages.
const accent = { light: "rgb(10, 26, 74)", dark: "rgb(88, 99, 131)" };

/** Answers for the brand's image server, which the test does not have. */
const serveImages = (context) =>
  context.route(`${brand}/**`, (route) =>
    route.fulfill({
      contentType: "image/svg+xml",
      body: '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="100"><rect width="400" height="100" fill="#808080"/></svg>',
    }),
  );

const background = (locator) => locator.evaluate((e) => getComputedStyle(e).backgroundColor);
const loaded = (page, selector) =>
  page.waitForFunction(
    (s) => document.querySelector(s)?.complete && document.querySelector(s).naturalWidth > 0,
    selector,
  );

test("an administrator sets a look; what can hardly be seen is refused with its ratio", limit, async (t) => {
  const { service, visitor } = await startEnv(t);
  const { page, quiet } = await visitor({ reducedMotion: "reduce" }); // colors change at once
  await signIn(page, await service.link("admin@demo.storyreel.example", "admin"), "/admin");
  const section = page.locator("details", { hasText: `/c/${campaign}` }).first();
  await section.locator("summary").first().click();
  const look = section.getByRole("group", { name: "Look", exact: true });
  const save = () => section.getByRole("button", { name: "Save", exact: true }).first().click();
  const field = look.getByLabel("Accent", { exact: true });

  await field.fill("#fff6a8");
  await look.getByText("Light: 1.02 to 1 with the page (at least 3 to 1 is needed)").waitFor();
  await save();
  await look.getByText("Its contrast with the page is 1.02 to 1").waitFor();
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await holdsToRules(page, `a refused look, ${colorScheme}`, widths);
  }
  await page.setViewportSize({ width: 1280, height: 900 });

  await field.fill(theme.accent);
  const preview = look.getByRole("group", { name: "Preview" });
  for (const [i, want] of [accent.light, accent.dark].entries())
    assert.equal(await background(preview.getByText("Send my story").nth(i)), want);
  await look.getByLabel("Logo", { exact: true }).fill(theme.logo);
  await look.getByLabel("What the logo shows").fill(theme.logo_alt);
  await look.getByLabel("Cover").fill(theme.cover);
  await look.getByLabel("Font").selectOption("serif");
  await look.getByLabel("Thanks").fill(theme.thanks);
  await save();
  await section.getByText("Saved.").first().waitFor();
  assert.equal(await look.getByText("Its contrast with the page").count(), 0);
  const stored = await service.call("GET", `/v1/campaigns/${campaign}`);
  assert.deepEqual(stored.theme, { ...theme, font: "serif" });
  quiet();
});

for (const colorScheme of ["light", "dark"]) {
  test(`${colorScheme}: campaign, share and private page have the campaign's look`, limit, async (t) => {
    const { service, clips, visitor, published } = await startEnv(t);
    const shown = await published({ song: "Heroes", artist: "David Bowie", name: "Zoë" });
    const admin = await service.keyOf("admin");
    await service.call("PUT", `/v1/campaigns/${campaign}`, { theme: { ...theme, example: shown.id } }, admin);
    const { page, context, quiet } = await visitor({
      colorScheme,
      viewport: { width: 360, height: 800 },
      hasTouch: colorScheme === "dark",
      isMobile: colorScheme === "dark",
    });
    await serveImages(context);
    await page.addInitScript(() => {
      globalThis.shifted = 0;
      new PerformanceObserver((list) => list.getEntries().forEach((e) => (globalThis.shifted += e.value))).observe({
        type: "layout-shift",
        buffered: true,
      });
    });
    let release;
    const held = new Promise((done) => (release = done));
    await page.route("**/assets/*.js", async (route) => (await held, route.continue()));
    await page.goto(`${service.url}/c/${campaign}`, { waitUntil: "commit" });
    await loaded(page, ".logo img");
    await loaded(page, ".cover");
    const title = page.getByRole("heading", { level: 1 });
    const before = await title.boundingBox();
    release();
    await page.getByRole("button", { name: "See an example" }).waitFor();
    await loaded(page, ".logo img");
    await loaded(page, ".cover");
    assert.deepEqual(await title.boundingBox(), before, "the script moves the title");
    assert.equal(await background(page.locator("h1 .mark")), accent[colorScheme]);
    assert.ok((await page.evaluate(() => globalThis.shifted)) < 0.001, "images move the page");
    await page.locator("article").first().waitFor();
    await holdsToRules(page, "a campaign with a look", widths);

    await page.setViewportSize({ width: 1280, height: 900 });
    await page.getByRole("button", { name: "See an example" }).click();
    await page.getByRole("dialog").getByText("Zoë").first().waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();

    await page
      .locator('input[type="file"]')
      .last()
      .setInputFiles(await clips.clip("seen.mp4", { hue: 90 }));
    await page.getByText("checks passed").waitFor();
    await fillForm(page);
    const send = page.getByRole("button", { name: "Send my story" });
    assert.equal(await background(send), accent[colorScheme]);
    await send.click();
    const thanks = page.getByText("We read each of them.");
    await thanks.waitFor();
    assert.equal(await thanks.innerText(), theme.thanks);
    await page.locator('[data-state="in_review"]').waitFor();
    await holdsToRules(page, "after sending, with a look", widths);

    await page.goto(`${service.url}/s/${shown.id}#token=${shown.token}`);
    await page.getByRole("link", { name: theme.logo_alt }).waitFor();
    await loaded(page, ".logo img");
    const marker = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--marker"));
    assert.equal(await marker(), { light: "#0a1a4a", dark: "#586383" }[colorScheme]);
    await holdsToRules(page, "a private page with a look", widths);

    await page.goto(`${service.url}/v/${shown.id}`);
    await page.getByRole("link", { name: theme.logo_alt }).waitFor();
    await loaded(page, ".logo img");
    assert.equal(await background(page.getByRole("link", { name: "Tell your own story" })), accent[colorScheme]);
    await holdsToRules(page, "a share page with a look", widths);
    quiet();

    await page.goto(`${service.url}/`);
    assert.notEqual(await marker(), "#0a1a4a", "other pages keep the product's look");
  });
}

test("elements take the campaign's accent, and the page's own prevails", limit, async (t) => {
  const { service, visitor } = await startEnv(t);
  const admin = await service.keyOf("admin");
  await service.call("PUT", `/v1/campaigns/${campaign}`, { theme }, admin);
  const { page, quiet } = await visitor({ colorScheme: "dark" });
  await page.goto(`${service.url}/robots.txt`);
  for (const name of ["storyreel-upload", "storyreel-feed"]) {
    await page.evaluate(
      async ([name, campaign]) => {
        await import("/embed.js");
        const element = document.createElement(name);
        element.setAttribute("campaign", campaign);
        element.style.colorScheme = "dark";
        document.body.append(element);
      },
      [name, campaign],
    );
    /** What the element paints with the property. */
    const painted = () =>
      page.locator(name).evaluate((e) => {
        const probe = document.createElement("i");
        probe.style.color = "var(--marker)";
        e.shadowRoot.append(probe);
        const { color } = getComputedStyle(probe);
        probe.remove();
        return color;
      });
    await page.locator(name).getByRole("heading").first().waitFor();
    await eventually(async () => (await painted()) === accent.dark, `${name} has the accent`);
    await page.locator(name).evaluate((e) => e.style.setProperty("--marker", "#ff0000"));
    assert.equal(await painted(), "rgb(255, 0, 0)");
  }
  quiet();
});
