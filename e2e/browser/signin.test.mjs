import assert from "node:assert/strict";
import { test } from "node:test";
import { limit, startEnv } from "./lib/env.mjs";
import { startProvider } from "./lib/provider.mjs";
import { freePort } from "./lib/service.mjs";

/** A service whose staff sign in with a provider. */
async function startWithProvider(t, people, settings) {
  const listen = `127.0.0.1:${await freePort()}`;
  const provider = await startProvider(`http://${listen}/sign-in`, people);
  t.after(provider.stop);
  return startEnv(t, { STORYREEL_LISTEN: listen, ...provider.settings, ...settings });
}

/** Fills the provider's pages: its form to sign in, then the one to agree. */
async function signInThere(page, name) {
  await page.locator("input[name=login]").fill(name);
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.locator("button[type=submit]").click();
}

test("groups of the provider open the pages of their roles, and lead back to where one was", limit, async (t) => {
  const { service, visitor } = await startWithProvider(
    t,
    {
      zoe: { email: "zoe@brand.example", email_verified: true, name: "Zoë", groups: ["story-mods"] },
      max: { email: "max@brand.example", email_verified: true, name: "Max", groups: ["everybody"] },
    },
    { STORYREEL_OIDC_GROUPS: "story-mods=moderator,agency=creative", STORYREEL_PASSWORDS: "false" },
  );
  const zoe = await visitor();
  await zoe.page.goto(`${service.url}/account`);
  await zoe.page.getByRole("button", { name: "Continue with Brand login" }).waitFor();
  assert.equal(await zoe.page.getByLabel("Password").count(), 0, "passwords are turned off");
  await zoe.page.getByRole("button", { name: "Continue with Brand login" }).click();
  await signInThere(zoe.page, "zoe");
  await zoe.page.waitForURL((u) => u.pathname === "/account");
  await zoe.page.getByText("this browser").waitFor();
  const me = await zoe.page.evaluate(() => fetch("/v1/sessions/me").then((r) => r.json()));
  assert.deepEqual([me.name, me.roles], ["Zoë", ["moderator"]]);

  const max = await visitor();
  await max.page.goto(`${service.url}/sign-in`);
  await max.page.getByRole("button", { name: "Continue with Brand login" }).click();
  await signInThere(max.page, "max");
  await max.page.getByText("in no group that may work here").waitFor();
  assert.doesNotMatch(max.page.url(), /code=|state=/);
  await max.page.getByRole("button", { name: "Continue with Brand login" }).waitFor();
  zoe.quiet();
});

test("a person who turns back at the provider sees why, and can use a password", limit, async (t) => {
  const { service, visitor } = await startWithProvider(t, {});
  const { page, quiet } = await visitor();
  await page.goto(`${service.url}/sign-in?to=/review`);
  await page.getByRole("button", { name: "Continue with Brand login" }).click();
  await page.getByText("Cancel").click();
  await page.getByText("The sign-in service did not sign you in.").waitFor();
  await page.getByLabel("Password").waitFor();
  quiet();
});
