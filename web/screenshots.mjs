// Writes docs/images/*.png from a real running service: `node web/screenshots.mjs DIR` after `make build`. DIR has
// flower.mp4, friday.mp4 and stream-of-water.mp4, which are in the public domain (CC0 1.0).
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fillForm, signIn, startBrowser, visitor } from "../e2e/browser/lib/browser.mjs";
import { campaign, startService } from "../e2e/browser/lib/service.mjs";

const run = promisify(execFile);
const images = fileURLToPath(new URL("../docs/images/", import.meta.url));
const limit = 300_000; // bytes per image

const clips = process.argv[2];
if (!clips)
  throw new Error("name the folder of the clips: make screenshots CLIPS=DIR (CONTRIBUTING.md has their origin)");

// Each story is a cut of a clip: `at` seconds from its beginning, and for an upright one the part of its width whose
// left edge is at the share `x`.
const stories = [
  {
    song: "Heroes",
    artist: "David Bowie",
    name: "Ana",
    country: "DE",
    text: "Berlin, the night the trains stopped. We sang it all the way home.",
    cut: { of: "friday", x: 0.62 },
  },
  {
    song: "Jolene",
    artist: "Dolly Parton",
    name: "Marcus",
    country: "US",
    text: "My grandmother taught me three chords and this one.",
    cut: { of: "flower", x: 0.3 },
  },
  {
    song: "Africa",
    artist: "Toto",
    name: "Keiko",
    country: "JP",
    text: "Our school band, out of tune and very happy.",
    cut: { of: "friday", at: 1.5 },
  },
  {
    song: "Yellow",
    artist: "Coldplay",
    name: "Tom",
    country: "GB",
    text: "I proposed on the second verse.",
    cut: { of: "stream-of-water", x: 0.3 },
  },
  {
    song: "Creep",
    artist: "Radiohead",
    name: "Inês",
    country: "PT",
    text: "Walkman, back seat, rain.",
    cut: { of: "friday", x: 0.28, at: 2 },
  },
  {
    song: "Roxanne",
    artist: "The Police",
    name: "Luc",
    country: "FR",
    text: "First dance lesson, no idea what I was doing.",
    cut: { of: "friday", x: 0.5, at: 1 },
  },
  {
    song: "Hurt",
    artist: "Johnny Cash",
    name: "Rae",
    country: "CA",
    text: "My father's last tape.",
    cut: { of: "flower", at: 1 },
  },
  {
    song: "Dancing Queen",
    artist: "ABBA",
    name: "Siri",
    country: "SE",
    text: "Every midsummer since 1976.",
    cut: { of: "flower", x: 0.55, at: 1 },
  },
];

async function clip(dir, { song, cut: { of, x, at = 0 } }) {
  const path = join(dir, `${song.replaceAll(" ", "-").toLowerCase()}.mp4`);
  const upright = x === undefined ? "" : `crop=trunc(ih*9/32)*2:ih:(iw-ow)*${x}:0,`;
  const input = ["-stream_loop", "3", "-ss", String(at), "-i", join(clips, `${of}.mp4`), "-t", "8"];
  const shape = ["-vf", `${upright}scale=-2:720`, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast"];
  await run("ffmpeg", ["-v", "error", "-y", ...input, ...shape, "-c:a", "aac", path]);
  return path;
}

/** Writes an image with 256 colors: as recordings fill it, it would have three times the bytes. */
async function fewColors(path) {
  const whole = `${path}.whole.png`;
  await rename(path, whole);
  const filter = "split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse=dither=sierra2_4a";
  await run("ffmpeg", ["-v", "error", "-y", "-i", whole, "-vf", filter, path]);
  await rm(whole);
}

const dir = await mkdtemp(join(tmpdir(), "storyreel-clips-"));
const service = await startService();
const browser = await startBrowser();
const shot = async (page, name, options = {}) => {
  const path = join(images, `${name}.png`);
  await page.screenshot({ path, ...options });
  await fewColors(path);
  const { size } = await stat(path);
  if (size > limit) throw new Error(`${name}.png has ${size} bytes; at most ${limit} are kept`);
  console.log(`${name}.png ${Math.round(size / 1000)} kB`);
};

try {
  await mkdir(images, { recursive: true });
  const files = await Promise.all(stories.map((s, i) => clip(dir, s, i)));
  const sent = [];
  for (const [i, { song, artist, name, country, text }] of stories.entries())
    sent.push(await service.submit(files[i], { song, artist, name, country, text }));
  for (const s of sent.slice(0, 5)) await service.publish(s);

  const phone = await visitor(browser, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  await phone.page.goto(`${service.url}/c/${campaign}`);
  await shot(phone.page, "contributor-phone");
  await phone.page.locator('input[type="file"]').last().setInputFiles(files[5]);
  await phone.page.getByText("checks passed").waitFor();
  await phone.page.waitForTimeout(1500);
  await fillForm(phone.page, { song: "Roxanne", artist: "The Police", name: "Luc" });
  await phone.page.evaluate(() => scrollTo(0, 330));
  await shot(phone.page, "contributor-phone-file");

  const guest = await visitor(browser, { viewport: { width: 1280, height: 800 } });
  await guest.page.goto(`${service.url}/c/${campaign}`);
  await guest.page.locator("article img").first().waitFor();
  await guest.page.locator("#feed-title").evaluate((e) => scrollTo(0, e.getBoundingClientRect().top + scrollY - 24));
  await guest.page.waitForTimeout(800);
  await shot(guest.page, "feed");

  await guest.page.goto(`${service.url}/v/${sent[0].id}`);
  await guest.page.locator("video").first().waitFor();
  await guest.page.waitForTimeout(1500);
  await shot(guest.page, "share");
  await guest.page.goto(`${service.url}/demo`);
  await guest.page.locator("storyreel-feed article img").first().waitFor();
  await guest.page.locator("storyreel-upload").evaluate((e) => scrollTo(0, e.getBoundingClientRect().top - 24));
  await guest.page.waitForTimeout(800);
  await shot(guest.page, "embed");
  await phone.page.goto("about:blank");
  await phone.page.goto(`${service.url}/s/${sent[0].id}#token=${sent[0].token}`);
  await phone.page.locator('[data-state="published"]').first().waitFor();
  await shot(phone.page, "status");

  const moderator = await visitor(browser, { viewport: { width: 1280, height: 860 } });
  await signIn(moderator.page, await service.link("moderator@demo.storyreel.example", "review"), "/review");
  await moderator.page.locator("video:visible").first().waitFor();
  await moderator.page.keyboard.press("ArrowRight");
  await moderator.page.keyboard.press("ArrowRight");
  await moderator.page.waitForTimeout(1200);
  await shot(moderator.page, "review");

  const creative = await visitor(browser, { viewport: { width: 1280, height: 1000 } });
  await signIn(creative.page, await service.link("creative@demo.storyreel.example", "board"), "/board");
  await creative.page.locator("section[aria-label='Stories'] article").nth(4).waitFor();
  for (const [song, slot] of [
    ["Heroes", "1"],
    ["Yellow", "2"],
  ]) {
    await creative.page.getByRole("button", { name: `Play About “${song}”`, exact: false }).focus();
    await creative.page.keyboard.press(slot);
  }
  await creative.page.getByText("2 of 3").waitFor();
  await creative.page
    .locator("section[aria-label='Stories'] article")
    .filter({ hasText: "Jolene" })
    .getByRole("button", { name: "Shortlist", exact: true })
    .click();
  await creative.page.getByRole("button", { name: "Shortlisted ✓" }).waitFor();
  await creative.page.evaluate(() => (document.activeElement?.blur(), scrollTo(0, 0)));
  await creative.page.waitForTimeout(800);
  await shot(creative.page, "board");
  await creative.page.getByRole("button", { name: "Play About “Jolene”", exact: false }).click();
  await creative.page.getByLabel("Start of the part that is used").focus();
  for (let i = 0; i < 12; i++) await creative.page.keyboard.press("ArrowRight");
  await creative.page.waitForTimeout(800);
  await shot(creative.page, "board-story");

  const admin = await visitor(browser, { viewport: { width: 1280, height: 1000 } });
  await signIn(admin.page, await service.link("admin@demo.storyreel.example", "admin"), "/admin");
  await admin.page.locator("details summary").first().click();
  await admin.page.getByRole("heading", { name: "Funnel" }).waitFor();
  await admin.page.waitForTimeout(500);
  await shot(admin.page, "admin");
} finally {
  await browser.close();
  await service.stop();
  await rm(dir, { recursive: true, force: true });
}
