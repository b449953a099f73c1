// What a contributor holds after sending: the result in sight, and the private link in several ways.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fillForm } from "./lib/browser.mjs";
import { limit, startEnv } from "./lib/env.mjs";
import { campaign } from "./lib/service.mjs";

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/** Goes through the form up to its last button. */
async function fill(page, url, file, words) {
  await page.goto(`${url}/c/${campaign}`);
  await page.locator('input[type="file"]').last().setInputFiles(file);
  await page.getByText("checks passed").waitFor();
  await fillForm(page, words);
}
const send = (page) => page.getByRole("button", { name: "Send my story" }).click();

/** Where a heading stands, once the focus is on it. */
async function focused(page, name) {
  await page.waitForFunction(
    (n) => document.activeElement?.matches("h2") && document.activeElement.innerText === n,
    name,
  );
  return page.evaluate(() => document.activeElement.getBoundingClientRect().top);
}

for (const [device, options] of Object.entries({ phone, desktop: {} })) {
  test(`${device}: progress and result come into view with the focus, without the feed`, limit, async (t) => {
    const { service, clips, visitor, published } = await startEnv(t);
    await published({ song: "Creep", artist: "Radiohead" });
    const { page, context, quiet } = await visitor(options);
    let release;
    const held = new Promise((done) => (release = done));
    await context.route("**/incoming/**", async (route) => {
      if (route.request().method() === "PUT") await held;
      await route.continue();
    });
    await fill(page, service.url, await clips.clip("seen.mp4", { hue: 90 }));
    await page.locator("article").first().waitFor();
    await send(page);
    const sending = await focused(page, "Sending your story");
    assert.ok(sending >= 0 && sending < 200, `progress begins at ${sending} px`);
    assert.equal(await page.locator("article").first().isVisible(), false, "other stories show while one is sent");
    release();
    const done = await focused(page, "Your story has been sent");
    assert.ok(done >= 0 && done < 200, `the result begins at ${done} px`);
    const link = await page.getByRole("textbox", { name: "Private link" }).boundingBox();
    assert.ok(
      link.y > 0 && link.y + link.height < (options.viewport?.height ?? 900),
      "the private link is out of sight",
    );
    await page.locator("article").first().waitFor();
    quiet();
  });
}

test(
  "a sent story stays in the browser with its link until it is withdrawn; the form starts empty",
  limit,
  async (t) => {
    const { service, clips, visitor } = await startEnv(t);
    const { page, quiet } = await visitor();
    await fill(page, service.url, await clips.clip("kept.mp4", { hue: 140 }));
    await send(page);
    await page.locator('[data-state="in_review"]').waitFor();
    await page.reload();
    const yours = page.getByRole("region", { name: "Your stories" });
    await yours.getByRole("link", { name: "About “Heroes”" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Send my story" }).count(), 0, "the form is open as if unsent");
    await page.getByRole("button", { name: "See the whole form" }).click();
    assert.equal(await page.getByLabel("Song", { exact: true }).inputValue(), "");
    assert.equal(await page.getByLabel("Name").inputValue(), "Ana", "the contributor's name is kept");

    await yours.getByRole("link").click();
    await page.locator('[data-state="in_review"]').waitFor();
    const address = page.url();
    assert.doesNotMatch(address, /token/);
    await page.evaluate(() => sessionStorage.clear());
    await page.goto(address); // as typed, without the token
    await page.locator('[data-state="in_review"]').waitFor();
    await page.goto(`${service.url}/s/00000000-0000-7000-8000-000000000000`);
    await yours.getByRole("link", { name: "About “Heroes”" }).click();
    await page.getByRole("button", { name: "Withdraw my story" }).click();
    await page.getByRole("button", { name: "Yes, withdraw it" }).click();
    await page.locator('[data-state="withdrawn"], [data-state="erased"]').waitFor();
    await page.goto(`${service.url}/c/${campaign}`);
    await page.getByText("No story has been published yet").waitFor();
    assert.equal(await page.evaluate(() => localStorage.getItem("storyreel.sent")), "[]");
    quiet();
  },
);

test(
  "a published story leads to its page and is shared from there; the language is chosen in the header",
  limit,
  async (t) => {
    const { service, visitor, published } = await startEnv(t);
    const story = await published({ song: "Creep", artist: "Radiohead" });
    const { page, quiet } = await visitor({ permissions: ["clipboard-read", "clipboard-write"] });
    await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "canShare", { value: undefined }));
    await page.goto(`${service.url}/s/${story.id}#token=${story.token}`);
    const region = page.getByRole("region", { name: "Your published story" });
    await region.getByRole("button", { name: "Share" }).click();
    await region.getByText("Link copied.").waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${service.url}/v/${story.id}`);
    const poster = await fetch(await region.getByRole("link", { name: "Poster" }).getAttribute("href"));
    assert.match(poster.headers.get("content-type"), /^image\//);
    await page.locator("header").getByRole("button", { name: "Deutsch" }).click();
    await page.getByRole("link", { name: "Zur öffentlichen Seite" }).click();
    await page.waitForURL(`${service.url}/v/${story.id}`);
    await page.locator("video").waitFor();
    quiet();
  },
);

test("the link is copied only where the page claims it, and goes by mail and by QR code", limit, async (t) => {
  const { service, clips, visitor } = await startEnv(t);
  const story = await service.submit(await clips.clip("link.mp4"), { song: "Creep", artist: "Radiohead" });
  const link = `${service.url}/s/${story.id}#token=${story.token}`;

  const { page, quiet } = await visitor({ permissions: ["clipboard-read", "clipboard-write"] });
  await page.goto(link);
  await page.getByRole("button", { name: "Copy the link" }).click();
  await page.getByText("Copied.").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link);
  const mail = await page.getByRole("link", { name: "E-mail it to myself" }).getAttribute("href");
  assert.ok(mail.startsWith("mailto:?") && decodeURIComponent(mail).includes(link));
  await page.getByRole("button", { name: "QR code" }).click();
  const canvas = page.getByRole("img", { name: "QR code of your private link" }).locator("canvas");
  await canvas.waitFor();
  const corner = await canvas.evaluate((c) => {
    const dark = (x) => c.getContext("2d").getImageData(x, 4, 1, 1).data[0] < 128;
    return { size: c.width, finder: Array.from({ length: 8 }, (_, i) => dark(4 + i)) };
  });
  assert.ok(corner.size > 29, "too small for an address");
  assert.deepEqual(corner.finder, [true, true, true, true, true, true, true, false]);
  quiet();

  const without = await visitor();
  await without.page.addInitScript(() => Object.defineProperty(Navigator.prototype, "clipboard", { value: undefined }));
  await without.page.goto(link);
  await without.page.getByRole("button", { name: "Copy the link" }).click();
  await without.page.getByText("The link is selected", { exact: false }).waitFor();
  assert.equal(await without.page.getByText("Copied.").count(), 0);
  assert.deepEqual(
    await without.page.evaluate(() => {
      const field = document.activeElement;
      return field.value.slice(field.selectionStart, field.selectionEnd);
    }),
    link,
  );
  without.quiet();
});
