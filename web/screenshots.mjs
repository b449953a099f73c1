// Writes docs/images/*.png from a real running service with clips made by
// ffmpeg: `node web/screenshots.mjs` after `make build`. The clips are abstract
// videos, because people would have to agree to be shown.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fillForm, signIn, startBrowser, visitor } from "../e2e/browser/lib/browser.mjs";
import { campaign, startService } from "../e2e/browser/lib/service.mjs";

const run = promisify(execFile);
const images = fileURLToPath(new URL("../docs/images/", import.meta.url));
const limit = 300_000; // bytes per image

const stories = [
  {
    song: "Heroes",
    artist: "David Bowie",
    name: "Ana",
    country: "DE",
    colors: ["0x274690", "0xf58a07"],
    text: "Berlin, the night the trains stopped. We sang it all the way home.",
  },
  {
    song: "Jolene",
    artist: "Dolly Parton",
    name: "Marcus",
    country: "US",
    colors: ["0x7b2d26", "0xf0c808"],
    text: "My grandmother taught me three chords and this one.",
  },
  {
    song: "Africa",
    artist: "Toto",
    name: "Keiko",
    country: "JP",
    colors: ["0x1b4332", "0xd8f3dc"],
    text: "Our school band, out of tune and very happy.",
  },
  {
    song: "Yellow",
    artist: "Coldplay",
    name: "Tom",
    country: "GB",
    colors: ["0x3a0ca3", "0xf72585"],
    text: "I proposed on the second verse.",
  },
  {
    song: "Creep",
    artist: "Radiohead",
    name: "Inês",
    country: "PT",
    colors: ["0x22223b", "0xc9ada7"],
    text: "Walkman, back seat, rain.",
  },
  {
    song: "Roxanne",
    artist: "The Police",
    name: "Luc",
    country: "FR",
    colors: ["0x9d0208", "0xffba08"],
    text: "First dance lesson, no idea what I was doing.",
  },
  {
    song: "Hurt",
    artist: "Johnny Cash",
    name: "Rae",
    country: "CA",
    colors: ["0x000814", "0x8d99ae"],
    text: "My father's last tape.",
  },
  {
    song: "Dancing Queen",
    artist: "ABBA",
    name: "Siri",
    country: "SE",
    colors: ["0x560bad", "0x4cc9f0"],
    text: "Every midsummer since 1976.",
  },
];

async function clip(dir, { song, colors }, i) {
  const path = join(dir, `${song.replaceAll(" ", "-").toLowerCase()}.mp4`);
  const [a, b] = colors;
  const size = i % 4 === 2 ? "1280x720" : "720x1280";
  const source = `gradients=size=${size}:rate=25:duration=8:speed=0.02:nb_colors=2:c0=${a}:c1=${b}:x0=${120 * i}:y0=0:x1=720:y1=1280:seed=${i + 1}`;
  await run("ffmpeg", [
    "-v",
    "error",
    "-y",
    "-f",
    "lavfi",
    "-i",
    source,
    "-f",
    "lavfi",
    "-i",
    `sine=frequency=${220 + 40 * i}:duration=8`,
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-pix_fmt",
    "yuv420p",
    "-c:a",
    "aac",
    "-shortest",
    path,
  ]);
  return path;
}

const dir = await mkdtemp(join(tmpdir(), "storyreel-clips-"));
const service = await startService();
const browser = await startBrowser();
const shot = async (page, name, options = {}) => {
  const path = join(images, `${name}.png`);
  await page.screenshot({ path, ...options });
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
  await admin.page.getByRole("table").first().waitFor();
  await admin.page.waitForTimeout(500);
  await shot(admin.page, "admin");
} finally {
  await browser.close();
  await service.stop();
  await rm(dir, { recursive: true, force: true });
}
