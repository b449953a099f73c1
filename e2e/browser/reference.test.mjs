// Operations sent from the reference of the API: reads, writes that are confirmed, refusals, credentials, curl.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { holdsToRules, signIn } from "./lib/browser.mjs";
import { eventually, limit, openEnv } from "./lib/env.mjs";
import { campaign } from "./lib/service.mjs";

let env;
before(async () => (env = await openEnv()));
after(() => env?.close());

const reference = () => `${env.service.url}/docs/api/reference`;

/** Opens the form of an operation by its summary. */
async function open(page, summary) {
  const button = page.getByRole("button", { name: `Try it: ${summary}`, exact: true });
  await button.click();
  const form = page.getByRole("region", { name: `Send ${summary}`, exact: true });
  await form.waitFor();
  return { button, form };
}

/** The summary of an operation by its id, as the document of the API has it. */
async function summaryOf(id) {
  const document = await (await fetch(`${env.service.url}/openapi.json`)).json();
  for (const methods of Object.values(document.paths))
    for (const op of Object.values(methods)) if (op.operationId === id) return op.summary;
  throw new Error(`no operation ${id}`);
}

/** A page with the reference, and the form of the operation on it. */
async function visit(t, id, options = {}) {
  const visitor = await env.visitor(options);
  t.after(() => visitor.context.close());
  await visitor.page.goto(reference());
  return { ...visitor, ...(await open(visitor.page, await summaryOf(id))) };
}

const answer = (form) => form.getByRole("heading", { name: "Answer" });
const drawn = async (form) => JSON.parse(await form.getByRole("group", { name: "Answer" }).innerText());

test("a read is sent at once, with its parameters, and its answer has the focus", limit, async (t) => {
  const { page, form, quiet } = await visit(t, "search-songs");
  const asked = page.waitForRequest((r) => r.url().includes("/v1/songs"));
  await form.getByLabel("q", { exact: false }).first().fill("Hero es&x=1");
  await form.getByLabel("limit").fill("3");
  await page.keyboard.press("Enter");
  const url = new URL((await asked).url());
  assert.deepEqual([...url.searchParams], [["q", "Hero es&x=1"], ["limit", "3"]]); // prettier-ignore
  await answer(form).waitFor();
  await eventually(() => answer(form).evaluate((e) => e === document.activeElement), "the answer's focus");
  await form.getByText(/^200 OK · [\d,]+ ms · /).waitFor();
  assert.ok(await drawn(form));
  await form.getByText("Headers", { exact: true }).click();
  await form.getByText(/^content-type: application\/json/).waitFor();
  quiet();
});

test("without a key, the answer is 401 and links to what that means", limit, async (t) => {
  const { page, form, quiet } = await visit(t, "list-keys");
  await form.getByRole("button", { name: "Send" }).click();
  await form.getByText(/^401 Unauthorized · /).waitFor();
  await form.getByRole("link", { name: "auth.required" }).click();
  await page.waitForURL("**/docs/errors#auth.required");
  await page.locator("li.linked").waitFor();
  quiet();
});

test("a pasted key is sent, masked, and in neither storage, address nor what is copied", limit, async (t) => {
  const key = await env.service.keyOf("admin");
  const permissions = ["clipboard-read", "clipboard-write"];
  const { context, page, form, quiet } = await visit(t, "list-keys", { permissions });
  await form.getByLabel("Credentials").selectOption("API key");
  const field = form.getByLabel("Key", { exact: true });
  assert.equal(await field.getAttribute("type"), "password");
  await field.fill(key);
  const curl = form.getByRole("group", { name: "As curl" });
  await form.getByText("$STORYREEL_KEY").waitFor();
  assert.match(await curl.innerText(), /-H 'Authorization: Bearer srk_•+'/);
  await form.getByRole("button", { name: "Copy" }).click();
  await form.getByText("Copied").waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  await form.getByRole("button", { name: "Send" }).click();
  await form.getByText(/^200 OK · /).waitFor();
  const sent = await drawn(form);

  // what was copied does the same in a shell
  const env_ = { PATH: process.env.PATH, STORYREEL_KEY: key };
  const names = (list) => list.items.map((item) => item.id);
  assert.deepEqual(names(JSON.parse(execFileSync("sh", ["-c", `${copied} -s`], { env: env_ }))), names(sent));

  // another operation takes it over without a second paste
  const second = await open(page, await summaryOf("list-users"));
  assert.equal(await second.form.getByLabel("Key", { exact: true }).inputValue(), key);
  const { cookies, origins } = await context.storageState({ indexedDB: true });
  const session = await page.evaluate(() => JSON.stringify({ ...sessionStorage, history: history.state }));
  const shown = await page.evaluate(() => document.body.innerText);
  for (const place of [JSON.stringify([cookies, origins]), session, page.url(), shown, copied])
    assert.ok(!place.includes(key), place.slice(0, 200));
  await page.reload();
  const anew = await open(page, await summaryOf("list-keys"));
  assert.equal(await anew.form.getByLabel("Key", { exact: true }).inputValue(), "");
  quiet();
});

test("a write by the browser's session is confirmed first, and has its effect", limit, async (t) => {
  const visitor = await env.visitor();
  t.after(() => visitor.context.close());
  const { page, quiet } = visitor;
  await signIn(page, await env.service.link("creative@demo.storyreel.example", "board"), "/board");
  await page.goto(reference());
  const { form } = await open(page, await summaryOf("create-shortlist"));
  await form.getByText(/^You are signed in as /).waitFor();
  const writes = [];
  page.on("request", (r) => r.method() === "POST" && writes.push(r));
  await form.getByLabel("campaign").fill(campaign);
  const body = form.getByLabel("Body, as JSON");
  const example = JSON.parse(await body.inputValue());
  assert.ok("name" in example, "the example of the reference");

  await body.fill('{"name": }');
  await form.getByRole("button", { name: "Send" }).click();
  await form.getByText(/^This is not JSON: /).waitFor();
  assert.equal(await body.evaluate((e) => e === document.activeElement), true);
  assert.equal(await page.getByRole("dialog").count(), 0);

  await body.fill(JSON.stringify({ ...example, name: "It's ours" }));
  await form.getByRole("button", { name: "Send" }).click();
  const dialog = page.getByRole("dialog", { name: "Change real data?" });
  await dialog.getByText(`POST ${env.service.url}/v1/campaigns/${campaign}/shortlists`).waitFor();
  await page.keyboard.press("Escape"); // of the dialog alone
  await dialog.waitFor({ state: "detached" });
  assert.equal(writes.length, 0);
  await form.getByRole("button", { name: "Send" }).click();
  await dialog.getByRole("button", { name: "Send POST" }).click();
  await form.getByText(/^201 Created · /).waitFor();
  assert.equal(writes.length, 1);
  const made = await drawn(form);

  const read = await open(page, await summaryOf("list-shortlists"));
  await read.form.getByLabel("campaign").fill(campaign);
  await page.keyboard.press("Enter");
  await read.form.getByText(/^200 OK · /).waitFor();
  assert.ok(JSON.stringify(await drawn(read.form)).includes(made.id));
  quiet();
});

test("a field that cannot be sent has the focus and a message; a path stays below its operation", limit, async (t) => {
  const { form, quiet } = await visit(t, "get-feed-story");
  const id = form.getByLabel("id");
  await form.getByRole("button", { name: "Send" }).click();
  await form.getByText("Please fill this in.").waitFor();
  assert.equal(await id.evaluate((e) => e === document.activeElement), true);
  await id.fill("..");
  await form.getByRole("button", { name: "Send" }).click();
  await form.getByText("A path cannot have . or .. here.").waitFor();
  await id.fill("a/b");
  await form.getByText("curl '").waitFor();
  assert.match(await form.getByRole("group", { name: "As curl" }).innerText(), /\/v1\/feed\/a%2Fb'/);
  quiet();
});

test("Escape aborts what runs, then closes; a lost connection is explained", limit, async (t) => {
  const { page, button, form } = await visit(t, "search-songs");
  await form.getByLabel("q", { exact: false }).first().fill("Heroes");
  let lost = false;
  await page.route("**/v1/songs*", (route) => (lost ? route.abort("connectionreset") : undefined)); // else never answers
  await page.keyboard.press("Enter");
  await form.getByRole("button", { name: "Abort" }).waitFor();
  await page.keyboard.press("Escape");
  await form.locator("p.failed", { hasText: "Aborted." }).waitFor();
  lost = true;
  await form.getByRole("button", { name: "Send" }).click();
  await form.locator("p.failed", { hasText: "No answer" }).waitFor();
  await page.keyboard.press("Escape");
  await form.waitFor({ state: "detached" });
  assert.equal(await button.evaluate((e) => e === document.activeElement), true);
  assert.equal(await button.getAttribute("aria-expanded"), "false");
});

test("every operation of the document has a form", limit, async (t) => {
  const document = await (await fetch(`${env.service.url}/openapi.json`)).json();
  const ids = Object.values(document.paths).flatMap((methods) => Object.values(methods).map((op) => op.operationId));
  const { context, page, quiet } = await env.visitor();
  t.after(() => context.close());
  await page.goto(reference());
  await page.locator("[data-operation] button").last().waitFor();
  for (const button of await page.locator("[data-operation] > button").all()) await button.evaluate((e) => e.click()); // all at once, as nobody would
  await page.waitForFunction(
    (n) => document.querySelectorAll("[data-operation] > section form").length === n,
    ids.length,
  );
  const placed = await page.locator("[data-operation]").evaluateAll((all) => all.map((e) => e.dataset.operation));
  assert.deepEqual(placed.sort(), ids.sort());
  for (const body of await page.getByLabel("Body, as JSON").all()) JSON.parse(await body.inputValue());
  quiet();
});

test("a stream and a file are left to curl, which is shown", limit, async (t) => {
  const { page, form, quiet } = await visit(t, "story-events");
  await form.getByText("It answers with events").waitFor();
  assert.equal(await form.getByRole("button", { name: "Send" }).count(), 0);
  assert.match(await form.getByRole("group", { name: "As curl" }).innerText(), /--no-buffer/);
  const file = await open(page, await summaryOf("selection-sheet"));
  await file.form.getByText("It answers with a file").waitFor();
  quiet();
});

for (const colorScheme of ["light", "dark"])
  test(`forms and answers hold to WCAG 2.2 AA at every width, ${colorScheme}`, limit, async (t) => {
    const { page, form, quiet } = await visit(t, "list-audit", { colorScheme });
    await form.getByRole("button", { name: "Send" }).click();
    await form.getByText(/^401 Unauthorized · /).waitFor();
    const { form: write } = await open(page, await summaryOf("begin-story"));
    await write.getByLabel("Body, as JSON").fill("{");
    await write.getByRole("button", { name: "Send" }).click();
    await write.getByText(/^This is not JSON: /).waitFor();
    await holdsToRules(page, "the reference", [1440, 360, 320]);
    quiet();
  });
