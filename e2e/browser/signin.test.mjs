import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { signIn } from "./lib/browser.mjs";
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

/** What an authenticator app shows (RFC 6238), `ahead` steps from now. */
function codeOf(secret, ahead = 0) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((c) => alphabet.indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const sum = createHmac("sha1", key).update(step).digest();
  const at = sum.at(-1) & 15;
  return String((sum.readUInt32BE(at) & 0x7fffffff) % 1e6).padStart(6, "0");
}

test("an authenticator app is set up, asked for with a password, and replaced by a recovery code", limit, async (t) => {
  const { service, visitor } = await startEnv(t);
  const email = "moderator@demo.storyreel.example";
  const a = await visitor();
  await signIn(a.page, await service.link(email, "review"), "/review");
  await a.page.goto(`${service.url}/account`);
  await a.page.getByLabel("New password").fill("orbit velvet candle");
  await a.page.getByRole("button", { name: "Change password" }).click();
  await a.page.getByText("Your password was changed.").waitFor();
  const app = a.page.getByRole("region", { name: "Authenticator app" });
  await app.getByRole("button", { name: "Set up" }).click();
  const secret = await app.locator(".key").textContent();
  assert.ok((await app.locator("img").evaluate((img) => img.naturalWidth)) > 0, "a code to scan");
  await app.getByLabel("Code of the app").fill("000000");
  await app.getByRole("button", { name: "Turn on" }).click();
  await app.getByText("that code is not valid now").waitFor();
  await app.getByLabel("Code of the app").fill(codeOf(secret));
  await app.getByRole("button", { name: "Turn on" }).click();
  await app.getByText("Keep these recovery codes").waitFor();
  const codes = await app.locator(".codes li").allTextContents();
  assert.equal(codes.length, 10);
  await app.getByRole("button", { name: "I have kept them" }).click();
  await app.getByText("10 recovery codes are left").waitFor();

  for (const code of [codes[0], codeOf(secret, 1)]) {
    const b = await visitor();
    await b.page.goto(`${service.url}/sign-in?to=/account`);
    await b.page.getByLabel("E-mail").fill(email);
    await b.page.getByLabel("Password").fill("orbit velvet candle");
    await b.page.getByRole("button", { name: "Sign in" }).click();
    await b.page.getByLabel("Code").fill(code);
    await b.page.getByRole("button", { name: "Sign in" }).click();
    await b.page.getByText("9 recovery codes are left").waitFor();
  }

  const admin = await visitor();
  await signIn(admin.page, await service.link("admin@demo.storyreel.example", "admin"), "/admin");
  await admin.page.goto(`${service.url}/admin#users`);
  const row = admin.page.locator("li", { hasText: email });
  await row.getByRole("button", { name: "Remove authenticator app" }).click();
  await row.getByText("Saved.").waitFor();
  await row.getByRole("button", { name: "Remove authenticator app" }).waitFor({ state: "detached" });
});
