// Webhooks on the admin page, with a receiver that verifies what it gets.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { test } from "node:test";
import { holdsToRules, signIn } from "./lib/browser.mjs";
import { eventually, limit, startEnv } from "./lib/env.mjs";

/** A receiver whose answers `status` gives; `got` are the requests. */
async function startReceiver(t) {
  const receiver = { got: [], status: 200 };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    receiver.got.push({ headers: request.headers, body, event: JSON.parse(body) });
    response.writeHead(receiver.status).end();
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => server.close());
  receiver.url = `http://127.0.0.1:${server.address().port}/hooks`;
  return receiver;
}

const signature = (secret, { headers, body }) =>
  `v1,${createHmac("sha256", Buffer.from(secret.slice("whsec_".length), "base64"))
    .update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`)
    .digest("base64")}`;

test("an administrator adds a webhook, reads its log, sends again and changes the secret", limit, async (t) => {
  const { service, visitor, story } = await startEnv(t, { STORYREEL_WEBHOOK_NETWORKS: "127.0.0.0/8" });
  const receiver = await startReceiver(t);
  const { page, quiet } = await visitor();
  await signIn(page, await service.link("admin@demo.storyreel.example", "admin"), "/admin");
  await page.locator("summary", { hasText: "/c/thatsongwhen" }).click();
  const section = page.locator("section[aria-label='Webhooks']");
  await section.getByText("No webhooks.").waitFor();
  await section.getByRole("button", { name: "Add a webhook" }).click();
  await section.getByLabel("Address").fill("https://10.0.0.1/hooks");
  await section.getByRole("button", { name: "Add a webhook" }).click();
  await section.getByText("a network that webhooks may not reach").waitFor();
  await section.getByLabel("Address").fill(receiver.url);
  await section.getByLabel("Description").fill("Our CRM");
  await section.getByLabel("Events").fill("story.* decision.*");
  await section.getByRole("button", { name: "Add a webhook" }).click();
  const secretShown = page.locator("dialog .secret");
  const secret = await secretShown.textContent();
  await page.keyboard.press("Escape");
  const row = section.locator("article");
  await row.getByText("works", { exact: true }).waitFor();

  await row.getByRole("button", { name: "Send a test" }).click();
  await eventually(() => receiver.got.length === 1, "the test event");
  assert.equal(receiver.got[0].event.type, "webhook.test");
  assert.equal(receiver.got[0].headers["webhook-signature"], signature(secret, receiver.got[0]));

  const sent = await story({ song: "Heroes", artist: "David Bowie" });
  const types = () => receiver.got.map((r) => r.event.type);
  await eventually(() => types().includes("story.prepared"), "the review copy's event");
  const of = receiver.got.filter((r) => r.event.data.story_id === sent.id).map((r) => r.event.data.sequence);
  assert.deepEqual(of, [1, 2, 3]);

  receiver.status = 503;
  await row.getByRole("button", { name: "Send a test" }).click();
  await eventually(async () => {
    await row.getByRole("button", { name: "Refresh" }).click();
    return row.locator("li", { hasText: "HTTP 503" }).first().isVisible();
  }, "the failed attempt in the log");
  receiver.status = 200;
  const count = receiver.got.length;
  await row.locator("li", { hasText: "story.prepared" }).getByRole("button", { name: "Send again" }).click();
  await eventually(() => receiver.got.length > count, "the replay");

  await row.getByRole("button", { name: "New secret" }).click();
  const next = await secretShown.textContent();
  await page.keyboard.press("Escape");
  assert.notEqual(next, secret);
  await row.getByText("The secret before signs until").waitFor();
  await row.getByRole("button", { name: "Send a test" }).click();
  await eventually(() => receiver.got.at(-1).headers["webhook-signature"].includes(" "), "both signatures");
  const last = receiver.got.at(-1);
  assert.equal(last.headers["webhook-signature"], `${signature(next, last)} ${signature(secret, last)}`);

  await row.locator("li summary").first().click();
  await holdsToRules(page, "webhooks", [360, 1440]);

  await row.getByRole("button", { name: "Disable" }).click();
  await row.getByText("disabled", { exact: true }).waitFor();
  await row.getByRole("button", { name: "Delete" }).click();
  await page.locator("dialog").getByRole("button", { name: "Delete" }).click();
  await section.getByText("No webhooks.").waitFor();
  quiet();
});
