// The npm packages as an application gets them: packed, installed into a fresh Vite and React project, compiled,
// rendered on a server, and used in Chromium and in Node against the real service.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { suite, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { fillForm } from "./lib/browser.mjs";
import { eventually, limit, startEnv } from "./lib/env.mjs";
import { campaign, freePort } from "./lib/service.mjs";

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const typescript = createRequire(here("../../web/package.json"))("typescript");

/** The service's address in the application's sources. */
const example = "https://stories.example.com";

const npm = (dir, ...args) =>
  run("npm", [...args, "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], { cwd: dir });

/** Packs both packages; the archives' paths. */
async function pack(dir) {
  const { stdout } = await run(process.execPath, [here("../../web/packages/pack.mjs"), "0.0.0-test", dir]);
  return stdout
    .trim()
    .split("\n")
    .map((name) => join(dir, name));
}

/** A fresh application for the service, with the packages installed, compiled and built. */
async function build(dir, archives, service, overlay) {
  await cp(here("app"), dir, { recursive: true });
  if (overlay) await cp(join(dir, overlay), dir, { recursive: true });
  for (const folder of ["src", "node"])
    for (const name of await readdir(join(dir, folder))) {
      const path = join(dir, folder, name);
      await writeFile(path, (await readFile(path, "utf8")).replaceAll(example, service));
    }
  await npm(dir, "ci");
  await npm(dir, "install", "--no-save", ...archives);
  await npm(dir, "run", "build").catch((cause) => assert.fail(`the application does not build:\n${cause.stdout}`));
}

/** One of the application's programs for Node, as JavaScript. */
async function program(dir, name, change = (code) => code) {
  const code = change(await readFile(join(dir, "node", `${name}.ts`), "utf8"));
  const path = join(dir, `${name}.mjs`);
  const compilerOptions = { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2022 };
  await writeFile(path, typescript.transpileModule(code, { compilerOptions }).outputText);
  return path;
}

const types = { ".js": "text/javascript", ".html": "text/html; charset=utf-8" };

/** A brand's website that renders the application on its server, with a strict content policy. */
async function startSite(t) {
  let dir, service;
  const server = createServer(async (asked, answer) => {
    const path = asked.url === "/" ? "/index.html" : asked.url;
    let body = await readFile(join(dir, "dist/site", path), "utf8").catch(() => undefined);
    if (body === undefined) return answer.writeHead(204).end(); // browsers ask for an icon
    if (path === "/index.html") {
      const { render } = await import(pathToFileURL(join(dir, "dist/server/server.js")));
      body = body.replace("<!--app-->", render());
    }
    answer.writeHead(200, {
      "Content-Type": types[extname(path)] ?? "application/octet-stream",
      "Content-Security-Policy":
        `default-src 'none'; script-src 'self' ${service}; style-src 'unsafe-inline'; ` +
        "connect-src http://127.0.0.1:*; img-src http://127.0.0.1:* blob:; media-src http://127.0.0.1:* blob:",
    });
    answer.end(body);
  });
  t.after(() => server.close());
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    serve: (from, of) => ([dir, service] = [from, of]),
  };
}

/** An environment with an application built for one version of React, and a visitor on its page. */
async function startApp(t, overlay) {
  const dir = await mkdtemp(join(tmpdir(), "storyreel-app-"));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const site = await startSite(t);
  const env = await startEnv(t, { STORYREEL_ORIGINS: site.url, STORYREEL_WEBHOOK_NETWORKS: "127.0.0.0/8" });
  const [archives] = await Promise.all([pack(join(dir, "archives")), env.published({ song: "Jolene" })]);
  await build(join(dir, "app"), archives, env.service.url, overlay);
  site.serve(join(dir, "app"), env.service.url);
  const { page, context, quiet } = await env.visitor();
  const errors = [];
  page.on("console", (m) => m.type() === "error" && errors.push(m.text()));
  return { ...env, dir: join(dir, "app"), site: site.url, page, context, quiet, errors };
}

/** The page as the server wrote it, then as the browser continues it. */
async function seesFeed({ page, context, site, errors }) {
  const html = await (await context.request.get(site)).text();
  assert.match(html, /<storyreel-feed campaign="thatsongwhen" style="--marker:#1db3a5"><\/storyreel-feed>/);
  assert.match(html, /<storyreel-upload campaign="thatsongwhen"><p>The form is loading\.<\/p><\/storyreel-upload>/);
  const scripts = [];
  page.on("request", (r) => r.url().endsWith("/embed.js") && scripts.push(r.url()));
  await page.goto(site);
  await page.locator("storyreel-feed article", { hasText: "Jolene" }).waitFor();
  assert.equal(scripts.length, 1, "both elements share one script");
  assert.deepEqual(errors, [], "hydration and loading leave no message");
}

// Installing and compiling wait for the disk and the network more than for a processor.
suite("the npm packages", { concurrency: true, ...limit }, () => {
  test("an application with React 19 shows the feed and sends a video from its own form", limit, async (t) => {
    const app = await startApp(t);
    const { page, dir, clips, service, quiet } = app;
    await seesFeed(app);
    const clip = await clips.clip("own.mp4", { hue: 90, seconds: 2 });
    await page.locator("#root > input").setInputFiles(clip);
    await page.getByText(/Your story [0-9a-f-]{36} waits for a decision/).waitFor();
    const ref = await page.evaluate(() => JSON.parse(localStorage.getItem("story")));
    assert.equal((await service.until(ref.story, ref.token, "in_review")).song.title, "Heroes");
    quiet();

    await t.test("a program in Node sends, another approves", async () => {
      await cp(clip, join(dir, "clip.mp4"));
      const key = await service.keyOf("moderator");
      const sent = await run(process.execPath, [await program(dir, "submit")], { cwd: dir });
      const stored = JSON.parse(await readFile(join(dir, "story.json"), "utf8"));
      assert.equal(sent.stdout.trim(), stored.story);
      await service.until(stored.story, stored.token, "in_review");
      const env = { ...process.env, STORYREEL_KEY: key };
      const decided = await run(process.execPath, [await program(dir, "moderate")], { cwd: dir, env });
      assert.equal(decided.stdout, "Heroes approved\nHeroes approved\n");
      await service.until(stored.story, stored.token, "published");
    });

    await t.test("a program in Node accepts the service's webhooks only", async (t) => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const admin = await service.keyOf("admin");
      const webhooks = `/v1/campaigns/${campaign}/webhooks`;
      const hook = await service.call("POST", webhooks, { url, events: ["*"] }, admin);
      const path = await program(dir, "webhook", (code) => code.replace("3000", port));
      const child = spawn(process.execPath, [path], { cwd: dir, env: { ...process.env, WEBHOOK_SECRET: hook.secret } });
      t.after(() => child.kill());
      let printed = "";
      child.stdout.on("data", (b) => (printed += b));
      const forge = () =>
        fetch(url, { method: "POST", body: "{}" }).then(
          (r) => r.status,
          () => 0, // it does not listen yet
        );
      await eventually(async () => (await forge()) === 400, "a request without a signature is refused");
      await service.call("POST", `${webhooks}/${hook.id}/test`, undefined, admin);
      await eventually(() => printed.includes("webhook.test"), "the service's event is accepted");
    });
  });

  test("an application with React 18 shows the feed and hears the elements' events", limit, async (t) => {
    const app = await startApp(t, "react-18");
    const { page, clips, quiet } = app;
    await seesFeed(app);
    const upload = page.locator("storyreel-upload");
    await upload.locator('input[type="file"]').setInputFiles(await clips.clip("form.mp4", { hue: 30, seconds: 2 }));
    await upload.getByText("checks passed").waitFor();
    await fillForm(upload, { song: "Hurt", artist: "Johnny Cash" });
    await upload.getByRole("button", { name: "Send my story" }).click();
    await page.getByText(/Thank you! Your story is [0-9a-f-]{36}\./).waitFor();
    quiet();
  });
});
