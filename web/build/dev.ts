// The dev server (`make dev`): modules come from Vite with hot replacement,
// everything else from the Go service behind it. The service keeps deciding
// which page an address gets, its status, tags and headers; Vite only
// completes the page, so there is no second table of routes.
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { createServer, type Plugin, type ProxyOptions, type ViteDevServer } from "vite";

/** Paths that Vite answers itself; all others are the service's. */
const proxied = "^/(?!@|src/|packages/|node_modules/|embed\\.js)";

/**
 * The pages' content policy, less what unbundled modules need: Vite adds styles as elements,
 * and Svelte makes its policy of trusted types on loading, which the built pages leave out.
 */
const devPolicy = (policy: string) =>
  policy
    .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
    .replace("trusted-types 'none'", "trusted-types svelte-trusted-html 'allow-duplicates'");

const isPage = (answer: IncomingMessage) => answer.headers["content-type"]?.startsWith("text/html") ?? false;

export function service(address: string): Plugin {
  let server: ViteDevServer;

  const proxy: ProxyOptions = {
    target: address,
    selfHandleResponse: true,
    configure(connection) {
      connection.on("proxyReq", (request, { headers }) => {
        if (headers.accept?.includes("text/html")) request.removeHeader("accept-encoding"); // pages are altered here
      });
      connection.on("proxyRes", async (answer, request, response) => {
        const { "content-length": _, etag: __, ...headers } = answer.headers;
        if (!isPage(answer) || answer.headers["content-encoding"]) {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
          return;
        }
        const page = (await text(answer)).replaceAll('"../src/', '"/src/');
        const policy = devPolicy(String(headers["content-security-policy"]));
        response.writeHead(answer.statusCode ?? 502, { ...headers, "content-security-policy": policy });
        response.end(await server.transformIndexHtml(request.url ?? "/", page));
      });
      // While the service restarts, pages try again by themselves.
      connection.on("error", (_cause, _request, response) => {
        if (!("writeHead" in response) || response.headersSent) return;
        response.writeHead(503, { "content-type": "text/plain", "retry-after": "1", refresh: "1" });
        response.end("The service is starting.\n");
      });
    },
  };

  return {
    name: "storyreel-service",
    apply: "serve",
    config: () => ({ appType: "custom", server: { cors: false, proxy: { [proxied]: proxy } } }),
    configureServer: (created) => void (server = created),
  };
}

/** The embedded elements under /embed.js, compiled as their own build does; a reload shows changes. */
export function embed(): Plugin {
  const base = "/@embed/";
  let elements: ViteDevServer | undefined;
  return {
    name: "storyreel-embed",
    apply: "serve",
    async configureServer(server) {
      const own = await createServer({
        configFile: "vite.embed.config.ts",
        base,
        cacheDir: "node_modules/.vite-embed",
        appType: "custom",
        server: { middlewareMode: true, hmr: false, ws: false },
      });
      elements = own;
      server.middlewares.use((request, response, next) => {
        if (request.url?.startsWith(base)) return own.middlewares(request, response, next);
        if (request.url !== "/embed.js") return next();
        response.setHeader("content-type", "text/javascript");
        response.end(`import "${base}src/embed/embed.ts";\n`);
      });
    },
    async buildEnd() {
      await elements?.close();
      elements = undefined;
    },
  };
}
