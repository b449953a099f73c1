// Escalation: to leads only, with its kind and note, and with a legal hold from there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { limit, startEnv } from "./lib/env.mjs";
import { current, enterReview, ready } from "./lib/review.mjs";

test("an escalated story is the leads' alone, with kind and note, and can be held", limit, async (t) => {
  const env = await startEnv(t);
  const { service } = env;
  const sent = await env.story({ song: "Trouble" }, { seconds: 1 });
  const { page, quiet } = await enterReview(env);
  await ready(page);
  assert.equal(await page.getByRole("button", { name: "escalated", exact: false }).count(), 0, "no lead, no list");
  await page.getByLabel("Note for colleagues").fill("At the end somebody is threatened.");
  await page.keyboard.press("Escape");
  await page.keyboard.press("e");
  await page.getByText("Why should a lead look?").waitFor();
  await page.getByRole("button", { name: "Threat or violence" }).click();
  await page.getByText("No story is waiting for a decision.").waitFor();
  await page.waitForFunction(() => localStorage.getItem("storyreel.decided")?.includes("escalate"));
  const call = (method, path, body, key) => service.call(method, path, body, key).catch((e) => e.message);
  for (const path of ["", "/history", "/related"])
    assert.match(await call("GET", `/v1/stories/${sent.id}${path}`), /story\.escalated/);
  assert.match(await call("POST", `/v1/stories/${sent.id}/decisions`, { action: "approve" }), /story\.escalated/);
  assert.match(await call("POST", "/v1/review/claims", { escalated: true }), /auth\.role/);
  assert.deepEqual((await call("GET", "/v1/review/queue")).items, []);
  quiet();

  await service.cli("user", "create", "lead@demo.storyreel.example", "--role", "lead", "--name", "Lead");
  const lead = await enterReview(env, "lead@demo.storyreel.example");
  await lead.page.getByRole("button", { name: "1 escalated" }).click();
  await ready(lead.page);
  assert.equal(await current(lead.page), "Trouble");
  const pinned = lead.page.getByRole("complementary", { name: "Escalation" });
  await pinned.getByText("Threat or violence").waitFor();
  await pinned.getByText("At the end somebody is threatened.").waitFor();
  await pinned.getByText("Demo moderator").waitFor();
  await pinned.getByRole("button", { name: "Legal hold" }).click();
  await pinned.getByLabel("Why must it be kept?").fill("Police asked");
  await pinned.getByRole("button", { name: "Legal hold" }).click();
  await pinned.getByText("A legal hold keeps this story.", { exact: false }).waitFor();
  await lead.page.keyboard.press("r");
  await lead.page.keyboard.press("7");
  await service.until(sent.id, sent.token, "rejected");
  lead.quiet();
});
