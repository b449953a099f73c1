// A contributor's way through the form, with what goes wrong on it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fillForm, recorded } from "./lib/browser.mjs";
import { limit, startEnv } from "./lib/env.mjs";
import { campaign } from "./lib/service.mjs";

const form = (service, page, query = "") => page.goto(`${service.url}/c/${campaign}${query}`);
const send = (page) => page.getByRole("button", { name: "Send my story" }).click();
const choose = (page, file) => page.locator('input[type="file"]').setInputFiles(file);

/** What the contributor holds when everything has been sent. */
async function sent(page, link = "Open my status page") {
  const href = await page.getByRole("link", { name: link }).getAttribute("href");
  const [, id, token] = href.match(/\/s\/([^#]+)#token=(.+)$/);
  return { id, token, href };
}

test("records with a chosen device, again, trims, and only the part that was chosen is reviewed", limit, async (t) => {
  const { service, clips, visitor } = await startEnv(t);
  const { page, quiet } = await visitor({ permissions: ["camera", "microphone"] });
  await form(service, page);
  await page.getByRole("button", { name: "Record now" }).click();
  const start = page.getByRole("button", { name: "Start recording" });
  await start.waitFor();
  const microphone = page.getByLabel("Microphone", { exact: true });
  const other = await microphone.locator("option").nth(1).getAttribute("value");
  await microphone.selectOption(other);
  await page.waitForFunction(() => Number(document.querySelector('[role="meter"]').getAttribute("aria-valuenow")) > 5);
  assert.equal(await microphone.inputValue(), other);

  await start.click();
  await page.locator(".count").waitFor(); // 3, 2, 1
  await recorded(page, 1);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: "Record again" }).click();
  await page.getByRole("button", { name: "Start recording" }).click();
  await recorded(page, 3);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("Paused", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await recorded(page, 5);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: "Use this recording" }).click();
  await page.getByText("checks passed").waitFor();

  await page.getByText("Shorten the video").click();
  const [from, to] = [page.getByRole("slider", { name: "Start of" }), page.getByRole("slider", { name: "End of" })];
  await from.focus();
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await from.getAttribute("aria-valuetext"), "0:01.0");
  await page.getByLabel("Out", { exact: true }).fill("0:03.5");
  await page.keyboard.press("Tab");
  assert.equal(await to.getAttribute("aria-valuetext"), "0:03.5");
  await page.getByText("The whole file is sent", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Play the part" }).click();
  await page.waitForFunction(() => document.querySelector("video").currentTime >= 1);
  await page.getByRole("button", { name: "Stop", exact: true }).click();

  await fillForm(page, { song: "Yellow", artist: "Coldplay" });
  await send(page);
  await page.locator('[data-state="in_review"]').waitFor();
  const { id, token } = await sent(page);
  const story = await service.call("GET", `/v1/stories/${id}`, undefined, token);
  assert.deepEqual(story.cut, { from_ms: 1000, to_ms: 3500 });
  assert.ok(Math.abs(story.duration_ms - 2500) < 200, `the story has ${story.duration_ms} ms`);
  quiet();
});

test("a handle is dragged, and a video that is too long is cut to fit instead of refused", limit, async (t) => {
  const { service, clips, visitor } = await startEnv(t);
  const { limits } = await service.call("GET", `/v1/campaigns/${campaign}`);
  await service.call(
    "PUT",
    `/v1/campaigns/${campaign}`,
    { limits: { ...limits, max_duration_ms: 4000 } },
    await service.keyOf("admin"),
  );
  const { page, quiet } = await visitor();
  await form(service, page);
  await choose(page, await clips.clip("long.mp4", { seconds: 9, hue: 60 }));
  await page.getByText("This video is longer than", { exact: false }).waitFor();
  await page.getByText("checks passed").waitFor();
  const from = page.getByRole("slider", { name: "Start of" });
  await page.waitForFunction(() => document.querySelector("video").readyState >= 1); // it has its size
  const [handle, bed] = [await from.boundingBox(), await page.locator(".bed").boundingBox()];
  assert.ok(handle.width >= 44 && handle.height >= 44, "the handle is too small for a thumb");
  await page.mouse.move(bed.x, handle.y + handle.height / 2);
  await page.mouse.down();
  await page.mouse.move(bed.x + bed.width / 3, handle.y + handle.height / 2, { steps: 5 });
  await page.mouse.up();
  assert.match(await from.getAttribute("aria-valuetext"), /^0:0(2\.9|3\.[01])$/);
  await fillForm(page);
  await send(page);
  await page.locator('[data-state="in_review"]').waitFor();
  const { id, token } = await sent(page);
  const { duration_ms } = await service.call("GET", `/v1/stories/${id}`, undefined, token);
  assert.ok(duration_ms < 4200, `the story has ${duration_ms} ms`);
  quiet();
});

test(
  "a song is picked and the campaign's questions are answered by keyboard alone; a draft is kept",
  limit,
  async (t) => {
    const { service, clips, visitor } = await startEnv(t);
    const questions = [
      { id: "where", label: "Where were you?", kind: "text", required: true },
      { id: "mood", label: "How did it feel?", kind: "choice", required: true, choices: ["Happy", "Sad", "Both"] },
      { id: "again", label: "Would you tell it again?", kind: "yes_no", required: false },
    ];
    await service.call(
      "POST",
      "/v1/campaigns",
      { slug: "asking", title: "Asking", hashtag: "Asking", prompt: "Tell us.", questions },
      await service.keyOf("admin"),
    );
    await service.call(
      "POST",
      "/v1/campaigns/asking/release-forms",
      { title: "Release", text: "The campaign may show my video." },
      await service.keyOf("admin"),
    );
    const { page, context, quiet } = await visitor();
    await context.route("**/v1/songs?*", async (route) => {
      const response = await route.fetch();
      const { items } = await response.json();
      await route.fulfill({ response, json: { items: items.map((s) => ({ ...s, isrc: "GBAYE7700094" })) } }); // the demo catalog has none
    });
    await page.goto(`${service.url}/c/asking`);
    await page.getByRole("button", { name: "See the whole form" }).press("Enter");
    const song = page.getByRole("combobox", { name: "Song" });
    await song.focus();
    await page.keyboard.type("heroes");
    await page.getByRole("option", { name: "Heroes" }).first().waitFor();
    assert.equal(await song.getAttribute("aria-expanded"), "true");
    await page.keyboard.press("ArrowDown");
    assert.equal(await page.getByRole("option").first().getAttribute("aria-selected"), "true");
    await page.keyboard.press("Enter");
    assert.equal(await page.getByLabel("Artist").inputValue(), "David Bowie");
    assert.equal(await song.getAttribute("aria-expanded"), "false");

    await page.getByLabel("Where were you?").focus();
    await page.keyboard.type("Berlin");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown"); // from Happy to Sad
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.reload();
    await page.getByLabel("Where were you?").waitFor();
    assert.equal(await page.getByLabel("Where were you?").inputValue(), "Berlin");
    assert.equal(await page.getByLabel("Sad").isChecked(), true);
    assert.equal(await song.inputValue(), "Heroes");

    await page.locator('input[type="file"]').setInputFiles(await clips.clip("asked.mp4", { hue: 120 }));
    await page.getByText("checks passed").waitFor();
    await page.getByLabel("Name").fill("Ana");
    for (const tick of ["I have read", "or older", "Everyone who can"]) await page.getByLabel(tick).check();
    await send(page);
    await page.getByRole("link", { name: "Open my status page" }).waitFor();
    const { id, token } = await sent(page);
    const story = await service.call("GET", `/v1/stories/${id}`, undefined, token);
    assert.equal(story.song.isrc, "GBAYE7700094", "what the catalog knows was lost");
    assert.deepEqual(
      story.answers.map((a) => [a.id, a.value]),
      [
        ["where", "Berlin"],
        ["mood", "Sad"],
        ["again", "yes"],
      ],
    );
    quiet();
  },
);

test("a catalog that does not answer hinders nobody", limit, async (t) => {
  const { service, clips, visitor } = await startEnv(t);
  const { page, context, quiet } = await visitor();
  await context.route("**/v1/songs?*", (r) =>
    r.fulfill({ status: 503, contentType: "application/problem+json", body: '{"detail":"away"}' }),
  );
  await form(service, page);
  await page.getByRole("button", { name: "See the whole form" }).click();
  await page.getByLabel("Song", { exact: true }).pressSequentially("A song of our own");
  await page.getByText("The catalog does not respond", { exact: false }).waitFor();
  assert.equal(await page.getByLabel("Song", { exact: true }).inputValue(), "A song of our own");
  quiet();
});

test(
  "a file that no machine can read fails with a reason; another one for the same story is trimmed and reviewed",
  limit,
  async (t) => {
    const { service, clips, visitor } = await startEnv(t);
    const { page, quiet } = await visitor();
    await form(service, page);
    await choose(page, {
      name: "broken.mp4",
      mimeType: "video/mp4",
      buffer: Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from("ftypisom"), Buffer.alloc(200_000, 7)]),
    });
    await page.getByText("This browser cannot show a preview", { exact: false }).waitFor();
    await fillForm(page);
    await send(page);
    await page.locator('[data-state="failed"]').waitFor();
    await page.getByText("Why:").waitFor();
    const { id, token, href } = await sent(page);

    await page.goto(href);
    await page.locator('[data-state="failed"]').waitFor();
    await choose(page, await clips.clip("better.mp4", { seconds: 5, hue: 200 }));
    await page.getByText("checks passed").waitFor();
    await page.getByText("Shorten the video").click();
    await page.getByLabel("In", { exact: true }).fill("1.5");
    await page.keyboard.press("Tab");
    await page.getByRole("button", { name: "Send this file" }).click();
    await page.locator('[data-state="in_review"]').waitFor();
    const story = await service.call("GET", `/v1/stories/${id}`, undefined, token);
    assert.equal(story.cut.from_ms, 1500);

    // The release and all stored data, for the contributor.
    await page.getByText("What you agreed to").click();
    await page
      .getByRole("region", { name: /release|agreed/i })
      .first()
      .waitFor();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download my data" }).click(),
    ]);
    assert.equal(file.suggestedFilename(), `story-${id}.json`);
    const data = JSON.parse(await readFile(await file.path(), "utf8"));
    assert.equal(data.story.id, id);
    assert.match(data.release_text, /\w{20}|\w+ \w+/);
    quiet();
  },
);

test("status stays live where streams are held back, and through a gap in the network", limit, async (t) => {
  const { service, clips, visitor } = await startEnv(t);
  const story = await service.submit(await clips.clip("held.mp4", { hue: 250 }), {
    song: "Creep",
    artist: "Radiohead",
  });
  const { page, context, quiet } = await visitor();
  await context.route("**/events", () => undefined); // never answered, as by a proxy that waits for the end
  await page.goto(`${service.url}/s/${story.id}#token=${story.token}`);
  await page.locator('[data-state="in_review"]').waitFor();
  await context.setOffline(true);
  await page.getByText("You are offline", { exact: false }).waitFor();
  await service.call("POST", `/v1/stories/${story.id}/decisions`, { action: "reject", reason: "quality" });
  await context.setOffline(false);
  await page.locator('[data-state="rejected"]').waitFor();
  await page.getByText("We could not see or hear", { exact: false }).waitFor();
  quiet();
});

test("the pages are in German by browser language, query or choice, and so is the release form", limit, async (t) => {
  const { service, clips, visitor } = await startEnv(t);
  await service.call(
    "POST",
    `/v1/campaigns/${campaign}/release-forms`,
    {
      locale: "de",
      title: "Einwilligung",
      text: "Ich stimme zu, dass die Kampagne mein Video zeigt und in Anzeigen verwendet.",
    },
    await service.keyOf("admin"),
  );
  const reader = await visitor({ locale: "de-AT" });
  await form(service, reader.page);
  await reader.page.getByRole("button", { name: "Erst das ganze Formular ansehen" }).click();
  await reader.page.getByText("Ich stimme zu, dass die Kampagne", { exact: false }).waitFor();
  assert.equal(await reader.page.evaluate(() => document.documentElement.lang), "de");
  await choose(reader.page, {
    name: "ferien.mp4",
    mimeType: "video/mp4",
    buffer: Buffer.from("%PDF-1.7 kein Video ".repeat(30)),
  });
  await reader.page.getByText("Das ist keine Videodatei", { exact: false }).first().waitFor();
  reader.quiet();

  const { page, quiet } = await visitor({ locale: "en-GB" });
  const loaded = [];
  page.on("request", (r) => loaded.push(new URL(r.url()).pathname));
  await form(service, page, "?lang=de");
  await page.getByRole("heading", { name: "Dein Video" }).waitFor();
  assert.ok(!loaded.some((path) => /\/assets\/en[.-]/.test(path)), "two languages were loaded");
  await page.getByRole("navigation", { name: "Sprache" }).getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Your video" }).waitFor();
  await page.getByRole("button", { name: "Deutsch" }).click();
  await page.getByRole("heading", { name: "Dein Video" }).waitFor();
  const sentStory = await service.submit(await clips.clip("deutsch.mp4", { hue: 320 }), {
    song: "99 Luftballons",
    artist: "Nena",
  });
  await service.call("POST", `/v1/stories/${sentStory.id}/decisions`, { action: "reject", reason: "rights" });
  await page.goto(`${service.url}/s/${sentStory.id}#token=${sentStory.token}`);
  await page.getByText("an dem andere Rechte haben", { exact: false }).waitFor();
  assert.match(await page.title(), /^Deine Geschichte/);
  quiet();
});
