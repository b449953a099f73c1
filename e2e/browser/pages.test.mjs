import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { bo } from "./lib/board.mjs";
import { holdsToRules, signIn } from "./lib/browser.mjs";
import { limit, openEnv, startEnv } from "./lib/env.mjs";
import { campaign } from "./lib/service.mjs";

const questions = [
  { id: "where", label: "Where were you?", hint: "A town is enough.", kind: "text", required: false },
  { id: "why", label: "Why this song?", kind: "long_text", required: false },
  { id: "mood", label: "How did it feel?", kind: "choice", required: false, choices: ["Happy", "Sad", "Both"] },
  { id: "again", label: "Would you tell it again?", kind: "yes_no", required: false },
];
const openFilters = (page) => page.locator("[role=search] [role=combobox]").click();

/** Pages of the creative team. */
const onBoard = (list) =>
  list.map((p) => ({
    ready: "article",
    ...p,
    path: () => `/board?campaign=${campaign}${p.with ?? ""}`,
    staff: "creative",
  }));

// One environment for all pages: these tests only look.
let env, sessions, published, waiting, rejected, video;

before(async () => {
  env = await openEnv();
  const { service, clips } = env;
  published = await env.published({ song: "Heroes", artist: "David Bowie", country: "DE", text: "We danced." });
  await service.caption(published);
  const reports = `/v1/campaigns/${campaign}/feed/${published.id}/notices`;
  await service.call("POST", reports, { kind: "other", text: "It is not hers." });
  waiting = await env.story({ song: "Jolene", artist: "Dolly Parton" }, { width: 640, height: 360 });
  rejected = await env.story({ song: "Yellow", artist: "Coldplay" });
  await service.call("POST", `/v1/stories/${rejected.id}/decisions`, { action: "reject", reason: "quality" });
  video = await clips.clip("video.mp4", { seconds: 6 });
  const admin = await service.keyOf("admin");
  await service.call("PUT", `/v1/campaigns/${campaign}`, { questions }, admin);
  // chosen by a colleague, for the other one to confirm
  await service.cli("user", "create", bo, "--role", "creative", "--name", "Bo");
  const [key] = (await service.cli("key", "create", "--role", "creative", "--user", bo)).match(/srk_\S+/);
  await service.call("PUT", `/v1/campaigns/${campaign}/selection/ad-1`, { story: published.id }, key);
  await service.call(
    "POST",
    "/v1/campaigns",
    { slug: "quiet", title: "Nothing yet", hashtag: "Quiet", prompt: "Tell us." },
    admin,
  );
  // Sign-ins are limited, so each role signs in once and its pages share the session.
  sessions = {};
  for (const [role, room] of Object.entries({ moderator: "review", creative: "board", admin: "admin" })) {
    const { page, context } = await env.visitor();
    await signIn(page, await service.link(`${role}@demo.storyreel.example`, room), `/${room}`);
    sessions[role] = await context.storageState();
    await context.close();
  }
});
after(() => env?.close());

async function wantSong(page) {
  await page.getByRole("button", { name: "See the whole form" }).click();
  await page.getByLabel("Song", { exact: true }).pressSequentially("her");
}

/** Each page as people see it: its address, who may see it, and what shows that it is there. */
const pages = [
  { name: "front door", path: () => "/", ready: "h1" },
  { name: "campaign", path: () => `/c/${campaign}`, ready: "article" },
  {
    name: "a story played",
    path: () => `/c/${campaign}`,
    ready: "article",
    then: (p) => p.locator("article button").first().click(),
    shows: "dialog video",
  },
  { name: "status", path: () => `/s/${published.id}#token=${published.token}`, ready: '[data-state="published"]' },
  {
    name: "status in review",
    path: () => `/s/${waiting.id}#token=${waiting.token}`,
    ready: '[data-state="in_review"]',
  },
  {
    name: "withdraw",
    path: () => `/s/${waiting.id}#token=${waiting.token}`,
    ready: '[data-state="in_review"]',
    then: (p) => p.getByRole("button", { name: "Withdraw my story" }).click(),
    shows: "dialog",
  },
  {
    name: "the whole form",
    path: () => `/c/${campaign}`,
    ready: "article",
    then: (p) => p.getByRole("button", { name: "See the whole form" }).click(),
    shows: "text=Where were you?",
  },
  {
    name: "the whole form in German",
    path: () => `/c/${campaign}?lang=de`,
    ready: "article",
    then: (p) => p.getByRole("button", { name: "Erst das ganze Formular" }).click(),
    shows: "text=Meine Geschichte senden",
  },
  {
    name: "a chosen file",
    path: () => `/c/${campaign}`,
    ready: "article",
    then: (p) => p.locator('input[type="file"]').setInputFiles(video),
    shows: "text=checks passed",
  },
  { name: "songs found", path: () => `/c/${campaign}`, ready: "article", then: wantSong, shows: '[role="option"]' },
  {
    name: "recorder",
    path: () => `/c/${campaign}`,
    ready: "article",
    then: (p) => p.getByRole("button", { name: "Record now" }).click(),
    shows: "text=Start recording",
  },
  {
    name: "filters",
    path: () => `/c/${campaign}`,
    ready: "article",
    then: (p) => p.getByRole("button", { name: "Filter" }).click(),
    shows: "text=Song title",
  },
  { name: "a campaign without stories", path: () => "/c/quiet", ready: "text=No story has been published yet" },
  { name: "a campaign that is none", path: () => "/c/nothing", ready: '[role="alert"]' },
  {
    name: "offline",
    path: () => `/c/${campaign}`,
    ready: "article",
    then: (p) => p.context().setOffline(true),
    shows: "text=You are offline",
    after: (p) => p.context().setOffline(false),
  },
  { name: "status without its token", path: () => `/s/${rejected.id}`, ready: "text=needs your private link" },
  { name: "status with a wrong token", path: () => `/s/${waiting.id}#token=wrong`, ready: '[role="alert"]' },
  {
    name: "another file after a no",
    path: () => `/s/${rejected.id}#token=${rejected.token}`,
    ready: "text=Choose a file",
    then: (p) => p.locator('input[type="file"]').setInputFiles(video),
    shows: "text=checks passed",
  },
  {
    name: "receipt",
    path: () => `/s/${waiting.id}#token=${waiting.token}`,
    ready: "summary",
    then: (p) => p.locator("summary").click(),
    shows: "details .text",
  },
  { name: "sign in", path: () => "/sign-in", ready: "form" },
  { name: "error codes", path: () => "/docs/errors#story.claimed", ready: "li.linked" },
  { name: "review", path: () => "/review", staff: "moderator", ready: "[aria-label='Your stories'] li" },
  {
    name: "keys",
    path: () => "/review",
    staff: "moderator",
    ready: "[aria-label='Your stories'] li",
    then: (p) => p.keyboard.press("?"),
    shows: "dialog",
  },
  {
    name: "reasons",
    path: () => "/review",
    staff: "moderator",
    ready: "[aria-label='Your stories'] li",
    then: (p) => p.keyboard.press("r"),
    shows: "fieldset",
  },
  {
    name: "filter of the queue",
    path: () => "/review",
    staff: "moderator",
    ready: "[aria-label='Your stories'] li",
    then: (p) => p.keyboard.press("f"),
    shows: "dialog",
  },
  {
    name: "reported videos",
    path: () => "/review",
    staff: "moderator",
    ready: "[aria-label='Your stories'] li",
    then: async (p) => {
      await p.getByRole("button", { name: "1 reported" }).click();
      await p.getByRole("button", { name: "Decide", exact: true }).click();
    },
    shows: "dialog form",
  },
  { name: "decided", path: () => `/review?story=${"ID"}`, staff: "moderator", ready: "dialog [data-state]" },
  { name: "share page", path: () => `/v/${published.id}`, ready: "video" },
  { name: "player for frames", path: () => `/v/${published.id}/player`, ready: "video" },
  { name: "share page of nothing", path: () => `/v/${waiting.id}`, ready: "h1" },
  { name: "demo of the embed", path: () => "/demo", ready: "storyreel-feed article" },
  {
    name: "admin campaigns",
    path: () => "/admin",
    staff: "admin",
    ready: "details summary",
    then: (p) => p.locator("details summary").first().click(),
    shows: "details form",
  },
  { name: "admin jobs", path: () => "/admin#jobs", staff: "admin", ready: "section[aria-label='Failed jobs']" },
  {
    name: "admin queues",
    path: () => "/admin#queues",
    staff: "admin",
    ready: "section[aria-label='Queues'] tr[data-wait]",
  },
  { name: "admin people", path: () => "/admin#users", staff: "admin", ready: "section[aria-label='Users'] li" },
  { name: "admin audit", path: () => "/admin#audit", staff: "admin", ready: "section[aria-label='Audit trail'] li" },
  { name: "account", path: () => "/account", staff: "moderator", ready: "section li" },
  { name: "sign in by link", path: () => "/sign-in#link=x", ready: "text=signs you in, once" },
  { name: "admin keys", path: () => "/admin#keys", staff: "admin", ready: "section[aria-label='API keys'] li" },
  {
    name: "report",
    path: () => "/review",
    staff: "moderator",
    ready: "[aria-label='Your stories'] li",
    then: (p) => p.getByRole("button", { name: "Report", exact: true }).click(),
    shows: "dialog dl",
  },
  {
    name: "policy",
    path: () => "/review",
    staff: "moderator",
    ready: "[aria-label='Your stories'] li",
    then: (p) => p.keyboard.press("p"),
    shows: "dialog p",
  },
  ...onBoard([
    { name: "board" },
    { name: "board as a list", with: "&view=list", ready: "[role=row] [data-open]" },
    { name: "board with nothing found", with: "&q=nothinglikethis", ready: "[aria-label=Stories] button" },
    { name: "board's filters", then: (p) => openFilters(p), shows: "[role=option]" },
    {
      name: "board's values of a filter",
      with: "&country=DE&not_artist=somebody",
      ready: "[role=search] li",
      then: async (p) => {
        await openFilters(p);
        await p.getByRole("option", { name: "Country" }).click();
      },
      shows: "[role=option][aria-selected=true]",
    },
    { name: "board's lists", then: (p) => p.getByText("Lists", { exact: true }).click(), shows: "input[name=list]" },
    { name: "board's searches", then: (p) => p.getByText("Saved searches").click(), shows: "details[open] form" },
    { name: "board's exports", then: (p) => p.getByText("Hand over").click(), shows: "details[open] a" },
    {
      name: "board with a selection",
      then: async (p) => {
        await p.keyboard.press("j");
        await p.keyboard.press("x");
      },
      shows: "[role=region][aria-label='Selected stories']",
    },
    {
      name: "board's keys",
      then: (p) => p.keyboard.press("?"),
      shows: "dialog",
    },
    { name: "sources", with: "&sources=1", ready: "dialog" },
    { name: "board story", then: (p) => p.locator("[data-open]").first().click(), shows: "dialog video" },
  ]),
];

for (const colorScheme of ["light", "dark"]) {
  for (const p of pages) {
    test(`${p.name}, ${colorScheme}: holds to WCAG 2.2 AA, never scrolls sideways`, limit, async (t) => {
      const { context, page, quiet, explain } = await env.visitor({
        viewport: { width: 1280, height: 800 },
        colorScheme,
        reducedMotion: "reduce",
        permissions: ["camera", "microphone"],
        ...(p.staff && { storageState: sessions[p.staff] }),
      });
      t.after(async () => {
        if (!t.passed) await explain();
        await context.close();
      });
      await page.goto(env.service.url + p.path().replace("ID", published.id));
      if (colorScheme === "light" && p.staff === "moderator")
        await page.evaluate(() => (document.documentElement.dataset.theme = "light"));
      await page.locator(p.ready).first().waitFor();
      if (p.then) {
        await p.then(page);
        await page.locator(p.shows).first().waitFor();
      }
      await holdsToRules(page, p.name, [1440, 360, 320]);
      await p.after?.(page);
      quiet();
    });
  }
}

test(
  "pages carry the policy that keeps foreign script out; assets are immutable; unknown ones are problems",
  limit,
  async () => {
    const { service } = env;
    const page = await fetch(`${service.url}/c/${campaign}`);
    const policy = page.headers.get("content-security-policy");
    for (const rule of [
      "default-src 'none'",
      "script-src 'self';",
      "style-src 'self';",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
      "frame-ancestors 'none'",
    ])
      assert.ok(policy.includes(rule), rule);
    const html = await page.text();
    assert.doesNotMatch(html, /<script(?![^>]*(?:\bsrc=|type="application\/json"))|<style|\son\w+=|style=/);
    const asset = html.match(/\/assets\/[^"]+\.js/)[0];
    const script = await fetch(service.url + asset);
    assert.match(script.headers.get("cache-control"), /immutable/);
    assert.equal(script.headers.get("content-encoding"), "gzip");
    const missing = await fetch(`${service.url}/assets/nothing.js`);
    assert.equal(missing.status, 404);
    assert.match(missing.headers.get("content-type"), /problem\+json/);
  },
);

test("a story's page tells other sites what it is, and escapes what people wrote", limit, async (t) => {
  const { service, story, published } = await startEnv(t);
  const waiting = await story({ song: "Jolene", artist: "Dolly Parton" });
  const rude = await published({
    song: `"><script>alert(1)</script>`,
    artist: "A & B",
    text: `<img src=x onerror="alert(1)">`,
  });
  const url = `${service.url}/v/${rude.id}`;
  const page = await fetch(url);
  const html = await page.text();
  assert.equal(page.status, 200);
  assert.doesNotMatch(html, /<script>alert|<img src=x/);
  for (const tag of ["og:title", "og:description", "og:image", "og:video", "twitter:card", "twitter:player"])
    assert.match(html, new RegExp(`"${tag}" content="[^"]+`), tag);
  assert.match(html, /#ThatSongWhen/);
  assert.match(page.headers.get("content-security-policy"), /frame-ancestors 'none'/);
  const oembed = html.match(/application\/json\+oembed" href="([^"]+)"/)[1].replaceAll("&amp;", "&");
  const answer = await (await fetch(oembed)).json();
  assert.equal(answer.type, "video");
  assert.match(answer.html, new RegExp(`^<iframe src="${url}/player"`));
  assert.match((await fetch(`${url}/player`)).headers.get("content-security-policy"), /frame-ancestors \*/);
  assert.equal((await fetch(`${service.url}/v/${waiting.id}`)).status, 404);
  assert.equal((await fetch(`${service.url}/oembed?url=https://example.com/`)).status, 404);
});
