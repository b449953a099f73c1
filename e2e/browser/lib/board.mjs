// The creative team's board as people use it.
import { signIn } from "./browser.mjs";
import { campaign } from "./service.mjs";

export const ann = "creative@demo.storyreel.example";
export const bo = "bo@demo.storyreel.example";

/** The stories in the document; of many, only those near the visible part. */
export const cards = (page) => page.locator('section[aria-label="Stories"] article');
export const titles = (page) => cards(page).locator("h3").allInnerTexts();

/** The button of a story's card, which opens it. */
export const card = (page, title) => page.getByRole("button", { name: `Play ${title}`, exact: false });

/** Waits until the board shows so many stories, and states their number. */
export async function shown(page, n) {
  await page.locator("output", { hasText: n === 1 ? /^One story$/ : new RegExp(`^${n} stories$`) }).waitFor();
  await page.waitForFunction(
    (want) => document.querySelectorAll('section[aria-label="Stories"] article').length === want,
    n,
  );
}

/** Waits until the search that was begun has its answer. */
export const settled = (page) => page.locator('section[aria-label="Stories"][aria-busy="false"]').waitFor();

/** The title of the story whose card has the focus. */
export const focused = (page) =>
  page.evaluate(() => document.activeElement?.closest("article")?.querySelector("h3")?.textContent ?? "");

/** Waits until the card of the story has the focus. */
export const onCard = (page, title) =>
  page.waitForFunction(
    (want) => document.activeElement?.closest("article")?.querySelector("h3")?.textContent === want,
    title,
  );

/** Adds a value of a filter by keyboard: the filter's name, then the value's beginning. */
export async function filterBy(page, filter, value) {
  const field = page.locator("[role=search] [role=combobox]");
  await field.click();
  await page.getByRole("option", { name: filter, exact: true }).click();
  await page.getByRole("combobox", { name: filter }).pressSequentially(value);
  await page.getByRole("option", { name: value, exact: false }).first().click();
  await page.keyboard.press("Escape");
  await page.locator("[role=option]").first().waitFor({ state: "detached" });
  await settled(page);
}

/** A member of the creative team on the board. */
export async function enterBoard({ service, visitor }, email = ann, path = "/board", options = {}) {
  const v = await visitor(options);
  await signIn(v.page, await service.link(email, "board"), "/board");
  if (path !== "/board") await v.page.goto(service.url + path);
  await cards(v.page).first().waitFor();
  return v;
}

/** Changes settings of the demo campaign. */
export const setCampaign = async (service, settings) =>
  service.call("PUT", `/v1/campaigns/${campaign}`, settings, await service.keyOf("admin"));
