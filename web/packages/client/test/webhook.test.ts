import { describe, expect, test } from "vitest";
import { verifyWebhook } from "../src/webhook";

// The example that the libraries of Standard Webhooks are tested with.
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const payload = '{"test": 2432232314}';
const headers = {
  "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
  "webhook-timestamp": "1614265330",
  "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};
const now = new Date(1614265330 * 1000);
const other = "whsec_" + btoa("another secret of 24 bytes");

const verify = (change: Partial<typeof headers> = {}, body: string | Uint8Array = payload, at = now) =>
  verifyWebhook(body, { ...headers, ...change }, secret, { now: at });

describe("a webhook is accepted", () => {
  test("as text, as bytes, and with headers of fetch", async () => {
    expect(await verify()).toEqual({ test: 2432232314 });
    expect(await verify({}, new TextEncoder().encode(payload))).toEqual({ test: 2432232314 });
    expect(await verifyWebhook(payload, new Headers(headers), secret, { now })).toEqual({ test: 2432232314 });
  });

  test("with names of headers in any case, as some servers pass them", async () => {
    const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]));
    expect(await verifyWebhook(payload, named, secret, { now })).toEqual({ test: 2432232314 });
  });

  test("with one of several signatures, and with one of two secrets", async () => {
    const signatures = `v1a,c2lnbmVk v1,bm90IHRoaXMgb25l ${headers["webhook-signature"]}`;
    await verify({ "webhook-signature": signatures });
    await verifyWebhook(payload, headers, [other, secret], { now });
  });

  test.each([-300, 300])("%i seconds from now", async (late) => {
    await verify({}, payload, new Date(now.getTime() + late * 1000));
  });
});

describe("a webhook is refused", () => {
  test.each<[string, string, Partial<typeof headers>]>([
    ["of another id", "signature", { "webhook-id": "msg_other" }],
    ["of another time", "signature", { "webhook-timestamp": "1614265331" }],
    ["with another signature", "signature", { "webhook-signature": "v1,h0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" }],
    ["with a shortened signature", "signature", { "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ" }],
    ["with an empty signature", "signature", { "webhook-signature": "v1," }],
    ["with a signature that is no base64", "signature", { "webhook-signature": "v1,%%%" }],
    ["with signatures of other schemes only", "signature", { "webhook-signature": "v1a,AAAA v2,AAAA" }],
    ["without a signature", "headers", { "webhook-signature": "" }],
    ["without an id", "headers", { "webhook-id": undefined }],
    ["with a time that is no number", "headers", { "webhook-timestamp": "1614265330x" }],
    ["with a negative time", "headers", { "webhook-timestamp": "-1614265330" }],
  ])("%s", async (_, code, change) => {
    await expect(verify(change)).rejects.toMatchObject({ name: "WebhookError", code });
  });

  test("with a changed body", async () => {
    await expect(verify({}, payload + " ")).rejects.toMatchObject({ code: "signature" });
    await expect(verify({}, "")).rejects.toMatchObject({ code: "signature" });
  });

  test("when the dot between its fields moved", async () => {
    const moved = { "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330", "webhook-timestamp": "1614265330" };
    await expect(verify(moved, payload)).rejects.toMatchObject({ code: "signature" });
  });

  test("with another secret, and with what is none", async () => {
    const wrong = (s: string) => verifyWebhook(payload, headers, s, { now });
    await expect(wrong(other)).rejects.toMatchObject({ code: "signature" });
    for (const s of ["", "whsec_", "whsec_%%", secret.slice(6)])
      await expect(wrong(s)).rejects.toMatchObject({ code: "secret" });
  });

  test.each([-301, 301])("%i seconds from now", async (late) => {
    const at = new Date(now.getTime() + late * 1000);
    await expect(verify({}, payload, at)).rejects.toMatchObject({ code: "timestamp" });
  });
});

test("a signed body that is no JSON has a code of its own", async () => {
  const key = Uint8Array.from(atob(secret.slice(6)), (c) => c.charCodeAt(0));
  const hmac = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signed = new TextEncoder().encode("id.1614265330.not JSON");
  const mac = String.fromCharCode(...new Uint8Array(await crypto.subtle.sign("HMAC", hmac, signed)));
  const own = { ...headers, "webhook-id": "id", "webhook-signature": `v1,${btoa(mac)}` };
  await expect(verifyWebhook("not JSON", own, secret, { now })).rejects.toMatchObject({ code: "body" });
});
