import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { holdsToRules, signIn } from "./lib/browser.mjs";
import { limit, openEnv } from "./lib/env.mjs";
import { startMailbox } from "./lib/mailbox.mjs";
import { campaign } from "./lib/service.mjs";

const widths = [1440, 360];
let env, box;

before(async () => {
  box = await startMailbox();
  env = await openEnv(box.settings);
});
after(async () => {
  await env?.close();
  await box?.stop();
});

test("the link in a mail opens the private page; the page that stops mails does so by a press", limit, async (t) => {
  const address = "zoe@example.com";
  await env.story({ song: "Heroes", artist: "David Bowie", email: address });
  const { text } = await box.await(address, /has arrived/);
  const { context, page, quiet } = await env.visitor();
  t.after(() => context.close());
  await page.goto(text.match(/http\S+\/s\/\S+/)[0]);
  await page.locator('[data-state="in_review"]').waitFor();

  const stop = text.match(/http\S+\/mail\/stop\S+/)[0];
  await page.goto(stop);
  await page.getByRole("heading", { name: "Mails about stories" }).waitFor();
  await holdsToRules(page, "the page that stops mails", widths);
  await page.getByRole("button", { name: "Stop these mails" }).click();
  await page.getByText("You get no more mails about stories.").waitFor();
  await holdsToRules(page, "mails are stopped", widths);
  await page.goto(stop.replace("lang=en", "lang=de"));
  await page.getByRole("button", { name: "Mails wieder erlauben" }).click();
  await page.getByText("Du bekommst wieder Mails").waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "de");
  await page.goto(`${env.service.url}/mail/stop?t=unknown`);
  await page.getByText("This link does not work any more").first().waitFor();
  await holdsToRules(page, "an unknown link", widths);
  quiet();
});

for (const locale of ["en", "de"]) {
  test(`an administrator words, previews and turns off mails, ${locale}`, limit, async (t) => {
    const de = locale === "de";
    const { service, visitor } = env;
    const { context, page, quiet } = await visitor({ locale });
    t.after(() => context.close());
    await signIn(page, await service.link("admin@demo.storyreel.example", "admin"), "/admin");
    await page
      .locator("details", { hasText: `/c/${campaign}` })
      .locator("summary")
      .first()
      .click();
    const form = page.getByRole("form", { name: "Mails" });
    const received = form.locator("details").first();
    await received.getByText(de ? "Video angekommen" : "Video received").click();
    await holdsToRules(page, "mails of a campaign", widths);
    const part = received.getByRole("group", { name: de ? "Englisch" : "English" });
    await part.getByLabel("Text", { exact: true }).fill("Dear {name}, we have “{title}”.\n\n{link}");
    await part.getByRole("button", { name: de ? "Vorschau" : "Preview" }).click();
    await part.getByRole("region").getByText("Dear Zoë, we have “That summer on the roof”.").waitFor();
    await part.getByLabel(de ? "Betreff" : "Subject").fill("Thanks, {nickname}");
    const save = form.getByRole("button", { name: de ? "Mails speichern" : "Save mails" });
    await save.click();
    await form.getByRole("alert").getByText("{nickname}").waitFor();
    await part.getByLabel(de ? "Betreff" : "Subject").fill(`Thanks, {name} (${locale})`);
    await save.click();
    await form.getByText(de ? "Gespeichert." : "Saved.").waitFor();

    await env.story({ song: "Jolene", artist: "Dolly Parton", name: "Ana", email: `${locale}@example.com` });
    const mail = await box.await(`${locale}@example.com`, /Dear Ana/);
    assert.match(mail.head, new RegExp(`Thanks, Ana \\(${locale}\\)`));
    await received.getByRole("checkbox").uncheck();
    await part.getByRole("button", { name: de ? "Vorgegebener Text" : "Built-in text" }).click();
    await save.click();
    await received.getByText(de ? "aus" : "off", { exact: true }).waitFor();
    await received.getByRole("checkbox").check();
    await save.click();
    await form.getByText(de ? "Gespeichert." : "Saved.").waitFor();

    await page.goto(`${service.url}/admin#users`);
    const row = page.locator("li", { hasText: "moderator@demo.storyreel.example" });
    await row.getByRole("button", { name: de ? "Per Mail einladen" : "Invite by mail" }).click();
    await row.getByText(de ? "Eine Mail mit einem Anmeldelink" : "A mail with a sign-in link").waitFor();
    const words = de ? /meldet dich einmal an/ : /signs you in once/;
    const invitation = await box.await("moderator@demo.storyreel.example", words);
    const invited = await visitor();
    t.after(() => invited.context.close());
    await signIn(invited.page, invitation.text.match(/http\S+#link=\S+/)[0], "/review");
    quiet();
  });
}
