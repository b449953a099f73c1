// A real Storyreel: the built binary with `up`, on free
// ports, with a data folder of its own, stopped and removed at the end.
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const run = promisify(execFile);
export const campaign = "thatsongwhen";

function binary() {
  const path = resolve(root, process.env.STORYREEL_BIN || "bin/storyreel");
  if (!existsSync(path)) throw new Error(`${path} is missing: build it with \`make build\`, or set STORYREEL_BIN`);
  return path;
}

export function freePort() {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

export async function startService(settings = {}) {
  const bin = binary();
  const data = await mkdtemp(join(tmpdir(), "storyreel-browser-"));
  const listen = settings.STORYREEL_LISTEN ?? `127.0.0.1:${await freePort()}`;
  const env = {
    ...process.env,
    STORYREEL_DATA: data,
    STORYREEL_LISTEN: listen,
    STORYREEL_S3_LISTEN: `127.0.0.1:${await freePort()}`,
    STORYREEL_BEGINS_PER_HOUR: "1000",
    STORYREEL_SWEEP_EVERY: "1s",
    ...settings,
  };
  delete env.STORYREEL_BIN; // ours; the service refuses settings it does not know
  let child, ended;
  let out = "";
  async function launch() {
    child = spawn(bin, ["up"], { env, stdio: ["ignore", "pipe", "pipe"] });
    const mine = child;
    ended = new Promise((done) => mine.once("exit", done));
    out = "";
    await new Promise((ready, fail) => {
      const timer = setTimeout(() => fail(new Error(`up was not ready in 90 s:\n${out}`)), 90_000);
      const hear = (b) => {
        out += b;
        if (out.includes("Ctrl-C stops it")) {
          clearTimeout(timer);
          ready();
        }
      };
      mine.stdout.on("data", hear);
      mine.stderr.on("data", hear);
      mine.once("exit", (code) => {
        clearTimeout(timer);
        fail(new Error(`up ended with ${code}:\n${out}`));
      });
    });
  }
  async function end() {
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 25_000);
    await ended;
    clearTimeout(late);
  }
  await launch();
  const url = `http://${listen}`;
  const cli = async (...args) => (await run(bin, args, { env, timeout: 240_000 })).stdout;
  const key = (await cli("key", "create", "--role", "moderator")).match(/srk_\S+/)[0];

  async function call(method, path, body, token = key) {
    const r = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body && { "Content-Type": "application/json" }) },
      body: body && JSON.stringify(body),
    });
    const answer = r.status === 204 ? undefined : await r.json();
    if (!r.ok) throw new Error(`${method} ${path}: ${r.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  async function until(id, token, ...states) {
    const late = Date.now() + 180_000;
    for (;;) {
      const story = await call("GET", `/v1/stories/${id}`, undefined, token);
      if (states.includes(story.state)) return story;
      if (["failed", "expired"].includes(story.state) || Date.now() > late) {
        throw new Error(
          `story ${id} is ${story.state} and not ${states}: ${JSON.stringify(story.failure ?? {})}\n${out.slice(-2000)}`,
        );
      }
      await new Promise((r) => setTimeout(r, 200));
    }
  }

  return {
    url,
    cli,
    call,
    until,
    /** A key of another role than the moderator's that calls are made with. */
    async keyOf(role) {
      return (await cli("key", "create", "--role", role)).match(/srk_\S+/)[0];
    },
    /** English captions for a story. */
    caption: (sent, words = "We danced.") =>
      call("PUT", `/v1/stories/${sent.id}/captions/en`, { vtt: `WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n${words}\n` }),
    /** The one-time link that signs in a demo user, or the user with the e-mail. */
    async link(email, page) {
      return (await cli("user", "link", email)).match(/http\S+/)[0].replace(/#.*link=/, `#to=/${page}&link=`);
    },
    /** Sends a clip as a contributor's program would, until it waits for a decision. */
    async submit(file, words = {}) {
      const args = Object.entries(words).flatMap(([k, v]) => [`--${k}`, v]);
      const { story, token } = JSON.parse(
        await cli("submit", file, "--server", url, "--agree", "--wait", "in_review", "--json", "--quiet", ...args),
      );
      return { id: story.id, token };
    },
    async publish(sent) {
      await call("POST", `/v1/stories/${sent.id}/decisions`, { action: "approve" });
      return until(sent.id, sent.token, "published");
    },
    /** The SQLite file; it may be changed by others than the service in `whileStopped` only. */
    database: join(data, "storyreel.db"),
    /** Stops the service, and starts it again after `change`. */
    async whileStopped(change) {
      await end();
      await change();
      await launch();
    },
    async stop() {
      await end();
      await rm(data, { recursive: true, force: true });
    },
  };
}
