// How many bytes pages and answers take over the network.
import { createServer } from "node:http";
import { freePort, campaign } from "../lib/service.mjs";

/** Bytes of an answer as browsers get it and uncompressed, and how many items it has. */
export async function answerOf(url) {
  const sent = await fetch(url, { headers: { "Accept-Encoding": "br, gzip" } });
  const plain = await sent.text(); // fetch decompresses
  return {
    sent: Number(sent.headers.get("content-length")),
    plain: plain.length,
    items: JSON.parse(plain).items.length,
  };
}

/** Bytes of a published poster as the feed shows it, and as JPEG. */
export async function posterOf({ service }) {
  const { items } = await service.call("GET", `/v1/campaigns/${campaign}/feed?limit=1`);
  const size = async (url) => (await (await fetch(url)).arrayBuffer()).byteLength;
  return Promise.all([items[0].poster_modern, items[0].poster].map(size));
}

/** Scripts that both elements load on a foreign page before they ask for data, and their bytes. */
export async function elementsOnPage({ service, visitor }) {
  const port = await freePort();
  const html = `<!doctype html><title>brand</title><script type="module" src="${service.url}/embed.js"></script>
    <storyreel-upload campaign="${campaign}"></storyreel-upload><storyreel-feed campaign="${campaign}"></storyreel-feed>`;
  const host = createServer((_, answer) => answer.setHeader("Content-Type", "text/html").end(html));
  await new Promise((done) => host.listen(port, "127.0.0.1", done));
  const { context, page } = await visitor();
  try {
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.enable");
    const scripts = new Set();
    let bytes = 0;
    devtools.on("Network.responseReceived", (e) => e.type === "Script" && scripts.add(e.requestId));
    devtools.on("Network.loadingFinished", (e) => (bytes += scripts.has(e.requestId) ? e.encodedDataLength : 0));
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.locator("storyreel-feed").waitFor();
    await page.waitForLoadState("networkidle");
    return { files: scripts.size, bytes };
  } finally {
    await context.close();
    host.close();
  }
}
