import assert from "node:assert/strict";
import { test } from "node:test";
import { holdsToRules, signIn } from "./lib/browser.mjs";
import { eventually, limit, startEnv } from "./lib/env.mjs";
import { campaign } from "./lib/service.mjs";

const adminEmail = "admin@demo.storyreel.example";

test(
  "a link signs in with a press, not by being opened; people set a password and sign out everywhere",
  limit,
  async (t) => {
    const { service, visitor } = await startEnv(t);
    const a = await visitor();
    const link = await service.link(adminEmail, "admin");
    await a.page.goto(`${service.url}/sign-in`);
    await a.page.goto(link); // in a tab that shows the page already
    await a.page.getByText("This link signs you in, once.").waitFor();
    const me = (page) => page.evaluate(() => fetch("/v1/sessions/me").then((r) => r.status));
    assert.equal(await me(a.page), 401);
    assert.doesNotMatch(a.page.url(), /link=/);
    await a.page.getByRole("button", { name: "Sign in" }).click();
    await a.page.waitForURL((u) => u.pathname === "/admin");

    await a.page.getByRole("link", { name: "Account" }).click();
    await a.page.getByLabel("New password").fill("password1234");
    await a.page.getByRole("button", { name: "Change password" }).click();
    await a.page.getByText("among the first that an attacker tries").waitFor();
    await a.page.getByLabel("New password").fill("orbit velvet candle");
    await a.page.getByRole("button", { name: "Change password" }).click();
    await a.page.getByText("Your password was changed.").waitFor();

    const b = await visitor();
    await b.page.goto(`${service.url}/sign-in?to=/account`);
    await b.page.getByLabel("E-mail").fill(adminEmail);
    await b.page.getByLabel("Password").fill("orbit velvet candle");
    await b.page.getByRole("button", { name: "Sign in" }).click();
    await b.page.getByText("this browser").waitFor();
    assert.equal(await b.page.locator("section li").count(), 2);
    await b.page.getByRole("button", { name: "Sign out everywhere" }).click();
    await b.page.waitForURL((u) => u.pathname === "/sign-in");
    assert.equal(await me(a.page), 401);
    assert.equal(await me(b.page), 401);
    a.quiet();
    b.quiet();
  },
);

test("an administrator changes roles, makes links, and reads both in the audit trail", limit, async (t) => {
  const { service, visitor } = await startEnv(t);
  const { page, quiet } = await visitor();
  await signIn(page, await service.link(adminEmail, "admin"), "/admin");
  await page.goto(`${service.url}/admin#users`);
  const row = page.locator("li", { hasText: "moderator@demo.storyreel.example" });
  await row.getByLabel("Creative").check();
  await row.getByText("Saved.").waitFor();
  await row.getByRole("button", { name: "Reset password" }).click();
  const made = await page.locator("dialog .secret").textContent();
  await page.keyboard.press("Escape");
  const other = await visitor();
  await signIn(other.page, made, "/review");
  await page.goto(`${service.url}/admin#audit`);
  const trail = page.locator("section[aria-label='Audit trail']");
  await trail.locator("li", { hasText: "link.created" }).getByText("reset: true").waitFor();
  await trail.locator("li", { hasText: "user.changed" }).getByText("roles: moderator → moderator, creative").waitFor();
  await trail.getByLabel("Action").fill("link");
  await trail.getByRole("button", { name: "Filter" }).click();
  await trail.locator("li", { hasText: "user.changed" }).waitFor({ state: "detached" });
  quiet();
});

test("an administrator puts a campaign on hold and lifts the hold", limit, async (t) => {
  const { service, visitor } = await startEnv(t);
  const { page, quiet } = await visitor();
  await signIn(page, await service.link(adminEmail, "admin"), "/admin");
  await page.goto(`${service.url}/admin#retention`);
  const section = page.locator("section[aria-label='Retention']");
  await section.locator("tr", { hasText: "Rejected stories" }).getByText("90 days from the last change").waitFor();
  await section.getByText("There is no hold.").waitFor();
  await section.getByLabel("Story id").fill(campaign);
  await section.getByLabel("Reason").fill("case 12");
  await section.getByRole("button", { name: "Put on hold" }).click();
  const hold = section.locator("li", { hasText: "case 12" });
  await hold.getByRole("button", { name: "Lift" }).click();
  await section.getByText("There is no hold.").waitFor();
  await section.getByText("The hold is lifted.", { exact: true }).waitFor();
  quiet();
});

test("an administrator sees who works on the queues, and what waits", limit, async (t) => {
  const { service, visitor, story } = await startEnv(t);
  await story({ title: "The bridge" });
  const { page, quiet } = await visitor();
  await signIn(page, await service.link(adminEmail, "admin"), "/admin");
  await page.getByRole("link", { name: "Queues" }).click();
  const section = page.locator("section[aria-label='Queues']");
  await section.getByText("Work is never lost with a queue").waitFor();
  const cells = (row) => section.locator(row).locator("td").allTextContents();
  const shown = async () => {
    await section.getByRole("button", { name: "Refresh" }).click();
    await section.locator("button:not([disabled])").waitFor();
    return Promise.all(
      ["tr[data-queue='review']", "tr[data-queue='housekeeping']", "tr[data-wait='decision']"].map(cells),
    );
  };
  await eventually(async () => {
    const [review, removals, decision] = await shown();
    const idle = JSON.stringify(["0", "", "0", "0", "1"]);
    return JSON.stringify(review) === idle && JSON.stringify(removals) === idle && decision[0] === "1" && decision[1];
  }, "a worker for each queue, nothing that waits for it, and a story that waits for a decision");
  quiet();
});

test(
  "the funnel fills the width with bars and states the share of the step before, also on a phone",
  limit,
  async (t) => {
    const { service, visitor, story } = await startEnv(t);
    await story({ title: "The bridge" });
    const { page, quiet } = await visitor();
    await signIn(page, await service.link(adminEmail, "admin"), "/admin");
    await page.goto(`${service.url}/admin#campaigns`);
    await page.locator("summary", { hasText: `/c/${campaign}` }).click();
    const funnel = page.locator("section", { has: page.getByRole("heading", { name: "Funnel", exact: true }) }).last();
    const steps = funnel.getByRole("listitem");
    await steps.first().waitFor();
    const text = await steps.allTextContents();
    assert.equal(text.length, 6);
    assert.match(text[2], /^Ready for review\s*1\s*100% of the step before/);
    assert.match(text[3], /^Reviewed\s*0\s*0% of the step before/);
    assert.doesNotMatch(
      text[0] + text[4],
      /of the step before/,
      "nothing is before the first, or reached the one before",
    );
    for (const width of [360, 768, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      const [whole, bars] = await funnel.evaluate((e) => [
        e.getBoundingClientRect().width,
        [...e.querySelectorAll(".bar")].map((b) => b.getBoundingClientRect().width),
      ]);
      assert.ok(Math.abs(bars[0] - whole) < 1, `the first bar is ${bars[0]} of ${whole} px wide`);
      assert.ok(bars[3] < 4, `the bar of an empty step is ${bars[3]} px wide`);
    }
    await holdsToRules(page, "funnel", [360, 1440]);
    quiet();
  },
);

test(
  "a campaign's times are in its own zone, to the second, right where clocks repeat or skip an hour",
  limit,
  async (t) => {
    const { service, visitor } = await startEnv(t);
    const admin = await service.keyOf("admin");
    const path = `/v1/campaigns/${campaign}`;
    const closes = async () => (await service.call("GET", path)).closes_at;
    // the second 02:30:59 of this day in Berlin
    await service.call("PUT", path, { zone: "Europe/Berlin", closes_at: "2027-10-31T01:30:59Z" }, admin);
    const { page, quiet } = await visitor({ timezoneId: "America/New_York" });
    await signIn(page, await service.link(adminEmail, "admin"), "/admin");
    await page.locator("details summary").first().click();
    const time = page.getByLabel("Closes");
    assert.equal(await time.inputValue(), "2027-10-31T02:30:59");
    const which = page.getByLabel("This time occurs twice");
    assert.equal(await which.locator("option:checked").textContent(), "UTC+01:00");
    const save = async () => {
      const done = page.waitForResponse((r) => r.request().method() === "PUT" && r.ok());
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await done;
    };
    await page.getByLabel("Title").first().fill("Another title");
    await save();
    assert.equal(await closes(), "2027-10-31T01:30:59Z");
    await which.selectOption({ label: "UTC+02:00" });
    await save();
    assert.equal(await closes(), "2027-10-31T00:30:59Z");
    await time.fill("2028-03-26T02:30:00");
    await page.getByText("Clocks skip this time").waitFor();
    await time.fill("2028-03-26T23:59:59");
    await save();
    assert.equal(await closes(), "2028-03-26T21:59:59Z");
    quiet();
  },
);

test("a new campaign names what is missing, and has its link and lines for a website", limit, async (t) => {
  const { service, visitor } = await startEnv(t);
  const { page, quiet } = await visitor();
  await signIn(page, await service.link(adminEmail, "admin"), "/admin");
  await page.getByRole("button", { name: "New campaign" }).click();
  await page.getByLabel("Address", { exact: true }).fill("summer");
  await page.getByLabel("Title", { exact: true }).fill("Summer");
  await page.getByRole("button", { name: "Create" }).click();
  const summary = page.locator("summary", { hasText: "/c/summer" });
  await summary.getByText("not ready: no release form").waitFor();
  await summary.click();
  const section = page.locator("details", { has: page.locator("summary", { hasText: "/c/summer" }) });
  await section.getByText("without one the campaign takes no stories").waitFor();
  await section.getByText(`<storyreel-upload campaign="summer">`).waitFor();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await section.getByRole("button", { name: "Copy link" }).click();
  await section.getByText("Copied.").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${service.url}/c/summer`);
  const form = section.locator("form", { has: page.getByRole("heading", { name: "Release form" }) });
  await form.getByLabel("Text", { exact: true }).fill("You may use my video in advertising for two years.");
  await form.getByRole("button", { name: "Add as a new version" }).click();
  await summary.getByText("open", { exact: true }).waitFor();
  assert.equal(await section.getByText("without one the campaign takes no stories").count(), 0);
  quiet();
});

test("a campaign is paused, archived and duplicated, and nobody overwrites another's change", limit, async (t) => {
  const { service, visitor } = await startEnv(t);
  const admin = await service.keyOf("admin");
  for (const colorScheme of ["light", "dark"]) {
    const { page, quiet } = await visitor({ colorScheme });
    await signIn(page, await service.link(adminEmail, "admin"), "/admin");
    const row = (slug) => page.locator("details", { has: page.locator("summary", { hasText: `/c/${slug}` }) }).first();
    await row(campaign).locator("summary").first().click();
    const part = page.getByRole("region", { name: "Pause, archive, duplicate" });
    await part.getByRole("button", { name: "Pause" }).click();
    await part.getByText("It is paused").waitFor();
    assert.equal((await service.call("GET", `/v1/campaigns/${campaign}`)).open, false);
    await page.getByText("QR code of the link").click();
    await page.getByRole("img", { name: "QR code of" }).waitFor();
    await holdsToRules(page, `a paused campaign, ${colorScheme}`, [360, 1440]);
    await part.getByRole("button", { name: "Resume" }).click();
    await part.getByText("It takes stories within its times").waitFor();
    await part.getByLabel("Address of the duplicate").fill(`copy-${colorScheme}`);
    await part.getByRole("button", { name: "Duplicate" }).click();
    await row(`copy-${colorScheme}`).locator("summary").first().getByText("open", { exact: true }).waitFor();

    await service.call("PUT", `/v1/campaigns/${campaign}`, { prompt: `Theirs, ${colorScheme}` }, admin);
    await page.getByLabel("Title", { exact: true }).first().fill("Mine");
    await page.getByRole("button", { name: "Save", exact: true }).first().click();
    await page.getByText("somebody else has changed this campaign").waitFor();
    assert.equal((await service.call("GET", `/v1/campaigns/${campaign}`)).prompt, `Theirs, ${colorScheme}`);

    await part.getByRole("button", { name: "Archive" }).click();
    await row(campaign).waitFor({ state: "detached" });
    await page.getByLabel("Show archived campaigns").check();
    await row(campaign).getByText("archived", { exact: true }).waitFor();
    await part.getByRole("button", { name: "Resume" }).click();
    await part.getByText("It takes stories within its times").waitFor();
    quiet();
  }
});
