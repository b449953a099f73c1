// What one test needs, shared with no other test: a service with data of its
// own, a browser and generated clips. All of it ends with the test.
import { startBrowser, visitor } from "./browser.mjs";
import { clipFolder } from "./clips.mjs";
import { startService } from "./service.mjs";

/** How long a test may take, on a machine with much else to do. */
export const limit = { timeout: 300_000 };

/** An environment for several tests, which only read; the caller closes it. */
export async function openEnv(settings) {
  const clips = await clipFolder();
  let service, browser;
  async function close() {
    await browser?.close();
    await service?.stop();
    await clips.remove();
  }
  try {
    service = await startService(settings);
    browser = await startBrowser();
  } catch (cause) {
    await close();
    throw cause;
  }
  let made = 0;
  /** A story that waits for a decision, with a clip unlike the others. */
  async function story(words, { seconds = 2, ...options } = {}) {
    const n = made++;
    const file = await clips.clip(`story-${n}.mp4`, { seconds, hue: n * 47, ...options });
    return { ...(await service.submit(file, words)), file };
  }
  const visitors = [];
  return {
    service,
    clips,
    async visitor(options) {
      const made = await visitor(browser, options);
      visitors.push(made);
      return made;
    },
    /** Prints what the visitors' pages show, for a test that failed. */
    async explain() {
      for (const v of visitors) await v.explain();
    },
    story,
    /** A story on the feed. */
    async published(words, options) {
      const sent = await story(words, options);
      await service.publish(sent);
      return sent;
    },
    close,
  };
}

/** An environment for the test `t`. */
export async function startEnv(t, settings) {
  const env = await openEnv(settings);
  t.after(async () => {
    if (!t.passed) await env.explain();
    await env.close();
  });
  return env;
}

/** Asks until the answer is true, for at most a minute and a half. */
export async function eventually(ask, what) {
  const late = Date.now() + 90_000;
  while (!(await ask())) {
    if (Date.now() > late) throw new Error(`not in 90 s: ${what}`);
    await new Promise((r) => setTimeout(r, 100));
  }
}

/**
 * Stops a page's clock, so that what ends by itself (the time to undo) lasts
 * as long as the test needs; page.clock.fastForward passes it.
 */
export async function freeze(page) {
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 100);
}
