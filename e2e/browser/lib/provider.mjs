// An OpenID Connect provider with a page of its own to sign in: each login
// is one of the people given, with any password.
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { freePort } from "./service.mjs";

const load = createRequire(new URL("../../../web/package.json", import.meta.url));

/** Starts a provider for one client, which browsers come back to; people are claims by name. */
export async function startProvider(redirect, people) {
  const { default: Provider } = await import(load.resolve("oidc-provider"));
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "storyreel",
        client_secret: "client-secret",
        application_type: "native", // which may use loopback addresses without TLS
        redirect_uris: [redirect],
        response_types: ["code"],
        grant_types: ["authorization_code"],
        token_endpoint_auth_method: "client_secret_basic",
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
    scopes: ["openid", "email", "profile", "groups"],
    pkce: { required: () => true },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...people[sub] }) }),
    cookies: { keys: ["one key of a test"] },
  });
  const server = createServer(provider.callback());
  await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
  return {
    settings: {
      STORYREEL_OIDC_ISSUER: issuer,
      STORYREEL_OIDC_CLIENT_ID: "storyreel",
      STORYREEL_OIDC_CLIENT_SECRET: "client-secret",
      STORYREEL_OIDC_NAME: "Brand login",
      STORYREEL_OIDC_SCOPES: "openid,email,profile,groups",
    },
    stop: () =>
      new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      }),
  };
}
