// Many stories at once: tags, shortlists, and their sources as one ZIP file that never passes through the API.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { ann, card, cards, enterBoard, filterBy, shown } from "./lib/board.mjs";
import { leaveDialog } from "./lib/browser.mjs";
import { limit, startEnv } from "./lib/env.mjs";

const run = promisify(execFile);

/** A board with a story of each song, all of them selected. */
async function startSelected(t, ...songs) {
  const env = await startEnv(t);
  const sent = [];
  for (const song of songs) sent.push(await env.published({ song, artist: "Somebody" }));
  const v = await enterBoard(env, ann);
  await shown(v.page, songs.length);
  await cards(v.page)
    .first()
    .locator("[data-open]")
    .click({ modifiers: ["Control"] });
  await cards(v.page)
    .last()
    .locator("[data-open]")
    .click({ modifiers: ["Shift"] });
  await v.page.getByText(`${songs.length} selected`).waitFor();
  return { ...env, ...v, sent };
}

/** The files of a ZIP, by name. */
async function unzipped(path) {
  const dir = await mkdtemp(join(tmpdir(), "storyreel-zip-"));
  try {
    await run("unzip", ["-q", path, "-d", dir]); // fails where a checksum is wrong
    const names = await readdir(dir);
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(dir, name))])));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

test("selected stories are tagged, and put on a list of their own", limit, async (t) => {
  const { page, quiet } = await startSelected(t, "Heroes", "Jolene", "Africa");
  const bar = page.getByRole("region", { name: "Selected stories" });
  await bar.getByLabel("Tag for all").fill("#Rooftop");
  await bar.getByRole("button", { name: "Add tag" }).click();
  await bar.getByText("3 stories have #rooftop.").waitFor();
  assert.equal(await cards(page).getByText("#rooftop").count(), 3);

  await page.getByText("Lists", { exact: true }).click();
  await page.getByLabel("Name of a list").fill("TikTok spring");
  await page.getByRole("button", { name: "Create list" }).click();
  await page.getByRole("radio", { name: /TikTok spring/ }).waitFor();
  await page.getByText("Lists", { exact: true }).click();
  await bar.getByRole("button", { name: "Add all" }).click();
  await bar.getByText("3 stories are on “TikTok spring”.").waitFor();
  await bar.getByRole("button", { name: "Clear selection" }).click();
  await bar.waitFor({ state: "detached" });

  // Each entry has a status; the list is a filter, and has a sheet.
  await card(page, "About “Jolene”").click();
  const dialog = page.getByRole("dialog");
  const entry = dialog.getByRole("group", { name: "TikTok spring" });
  await entry.getByLabel("Status").selectOption("needs_edit");
  await entry.getByText("Saved.").waitFor();
  await leaveDialog(page);
  await cards(page).filter({ hasText: "Jolene" }).getByText("Needs edit").waitFor();
  await cards(page).filter({ hasText: "Africa" }).getByRole("button", { name: "Shortlisted ✓" }).click();
  await page.getByRole("button", { name: /Only “TikTok spring”/ }).click();
  await shown(page, 2);
  await page.reload();
  await shown(page, 2);
  await page.getByText("Lists", { exact: true }).click();
  const [sheet] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "“TikTok spring” as a spreadsheet" }).click(),
  ]);
  assert.equal(String((await readFile(await sheet.path())).subarray(0, 2)), "PK");
  await page.getByLabel("Name of a list").fill("TikTok summer");
  await page.getByRole("button", { name: "Rename “TikTok spring”" }).click();
  await page.getByRole("radio", { name: /TikTok summer/ }).waitFor();
  await page.getByRole("button", { name: "Delete “TikTok summer”" }).click();
  await page.getByRole("button", { name: "Delete it with 2 entries" }).click();
  await shown(page, 3);
  await page.getByText("Lists", { exact: true }).click();
  await filterBy(page, "Tag", "rooftop");
  await shown(page, 3);
  quiet();
});

test("sources are downloaded as one ZIP from storage; what breaks off is taken up again", limit, async (t) => {
  const { page, quiet, sent, service } = await startSelected(t, "Heroes", "Jolene");
  // as in browsers that cannot write to a file
  await page.evaluate(() => delete globalThis.showSaveFilePicker);
  const passed = [];
  page.on("response", (r) => passed.push(r));
  let refusals = 0;
  await page.route(/incoming|sources/, (route) => {
    if (route.request().method() === "GET" && refusals++ < 4) return route.abort("connectionreset");
    return route.continue();
  });
  await page.getByRole("button", { name: "Download as ZIP" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("2 source files", { exact: false }).waitFor();
  await dialog.getByRole("button", { name: "Download", exact: true }).click();
  await dialog.getByRole("button", { name: "Try again" }).waitFor(); // after three failures
  const [zip] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("button", { name: "Try again" }).click(),
  ]);
  await dialog.getByText("The ZIP file is complete.").waitFor();
  const files = await unzipped(await zip.path());
  const expected = await Promise.all(sent.map((s) => readFile(s.file)));
  assert.equal(Object.keys(files).length, 2);
  for (const bytes of expected)
    assert.ok(
      Object.values(files).some((b) => b.equals(bytes)),
      "the ZIP has the sources as sent",
    );
  const media = passed.filter(
    (r) => r.url().startsWith(service.url) && /video|octet/.test(r.headers()["content-type"]),
  );
  assert.deepEqual(
    media.map((r) => r.url()),
    [],
    "no file passes through the API",
  );
  await leaveDialog(page);
  quiet();
});

test("a download can be cancelled, and a file that cannot be had left out", limit, async (t) => {
  const { page, quiet } = await startSelected(t, "Heroes", "Jolene");
  await page.evaluate(() => delete globalThis.showSaveFilePicker);
  let first = "";
  await page.route(/incoming|sources/, (route) => {
    first ||= route.request().url();
    return route.request().url() === first ? route.abort("connectionreset") : route.continue();
  });
  await page.getByRole("button", { name: "Download as ZIP" }).click();
  const dialog = page.getByRole("dialog");
  const start = dialog.getByRole("button", { name: "Download", exact: true });
  await start.click();
  await dialog.getByRole("button", { name: "Try again" }).waitFor();
  await page.keyboard.press("Escape"); // does not end a download
  await dialog.getByRole("button", { name: "Cancel download" }).click();
  await dialog.getByText("Cancelled.", { exact: false }).waitFor();
  await dialog.getByRole("button", { name: "Start again" }).click();
  await dialog.getByRole("button", { name: "Leave this file out" }).waitFor();
  const [zip] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("button", { name: "Leave this file out" }).click(),
  ]);
  await dialog.getByText("One file is left out:").waitFor();
  assert.equal(Object.keys(await unzipped(await zip.path())).length, 1);
  quiet();
});
