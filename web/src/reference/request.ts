// Makes the request of a filled form, and the same as a command of curl.
import type { Operation, Parameter, Scheme } from "./operation";

/** What a person filled in; values are by parameter, lists have an item on each line. */
export interface Filled {
  values: Record<string, string>;
  body: string;
  scheme: Scheme | "none";
  /** The pasted key or token of the scheme; may be empty. */
  secret: string;
}

/** A value that no request can carry: an empty one, one that changes the path, one that is no header's. */
export type Wrong = "missing" | "dots" | "header" | "number";

/** Parameters of different places may share a name. */
export const keyOf = (p: Parameter): string => `${p.in} ${p.name}`;

/** Environment variables that stand for credentials in what is copied. */
const variables = { apiKey: "STORYREEL_KEY", storyToken: "STORYREEL_TOKEN" };
const variableOf = (p: Parameter) => p.name.toUpperCase().replace(/[^A-Z0-9]+/g, "_");

const items = (p: Parameter, value: string): string[] =>
  p.control === "list"
    ? value
        .split("\n")
        .map((item) => item.trim())
        .filter(Boolean)
    : value
      ? [value]
      : [];

/** What is wrong with a value. */
export function wrongIn(p: Parameter, value: string): Wrong | undefined {
  if (!items(p, value).length) return p.required ? "missing" : undefined;
  if (p.in === "path" && /^\.{1,2}$/.test(value)) return "dots"; // browsers resolve these even when encoded
  if (p.in === "header" && !headerCan(value)) return "header";
  return p.control === "number" && !Number.isFinite(Number(value)) ? "number" : undefined;
}

/** Whether a header can carry the value: printable ASCII. */
export const headerCan = (value: string): boolean => /^[\x20-\x7e]*$/.test(value);

/** The address of the request, from the root of the service. */
export function addressOf(op: Operation, filled: Filled): string {
  const value = (p: Parameter) => filled.values[keyOf(p)] ?? "";
  const path = op.path.replace(/\{([^}]+)\}/g, (whole, name: string) => {
    const p = op.parameters.find((other) => other.in === "path" && other.name === name);
    return (p && encodeURIComponent(value(p))) || whole;
  });
  const query = op.parameters
    .filter((p) => p.in === "query")
    .flatMap((p) => {
      const encoded = items(p, value(p)).map(encodeURIComponent);
      const all = p.repeated ? encoded : encoded.length ? [encoded.join(",")] : [];
      return all.map((v) => `${encodeURIComponent(p.name)}=${v}`);
    })
    .join("&");
  return query ? `${path}?${query}` : path;
}

/** The request for fetch. Without a session in use, the browser's cookies stay out of it. */
export function requestOf(op: Operation, filled: Filled, signal: AbortSignal): RequestInit {
  const headers = new Headers();
  for (const p of op.parameters) {
    const value = filled.values[keyOf(p)];
    if (p.in === "header" && value) headers.set(p.name, value);
  }
  if (filled.scheme in variables && filled.secret) headers.set("Authorization", `Bearer ${filled.secret}`);
  if (op.body) headers.set("Content-Type", "application/json");
  return {
    method: op.method,
    headers,
    credentials: filled.scheme === "session" ? "same-origin" : "omit",
    cache: "no-store",
    signal,
    ...(op.body && { body: filled.body }),
  };
}

/** The text as one word of sh, whatever is in it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** As a word of sh whose variable is replaced. */
const withVariable = (header: string, variable: string) => `"${header}$${variable}"`;

/** The beginning of a secret, so that one is distinguished from another. */
export const masked = (secret: string): string => `${/^srk_/.test(secret) ? "srk_" : ""}••••••••`;

/**
 * The request as a command for sh. What is `shown` has credentials masked; what is copied reads them from variables of
 * the environment.
 */
export function curlOf(op: Operation, filled: Filled, origin: string, shown: boolean): string {
  const words = [`curl ${quoted(origin + addressOf(op, filled))}`];
  const secret = (header: string, value: string, variable: string) =>
    words.push(`-H ${shown && value ? quoted(header + masked(value)) : withVariable(header, variable)}`);
  if (op.method !== "GET") words.push(`-X ${op.method}`);
  if (op.only === "stream") words.push("--no-buffer");
  if (op.only === "file") words.push("--remote-name --remote-header-name");
  // a browser's session cannot be copied: it takes a key there
  if (filled.scheme === "storyToken") secret("Authorization: Bearer ", filled.secret, variables.storyToken);
  else if (filled.scheme !== "none") secret("Authorization: Bearer ", filled.secret, variables.apiKey);
  for (const p of op.parameters) {
    const value = filled.values[keyOf(p)];
    if (p.in !== "header" || !value) continue;
    if (p.secret) secret(`${p.name}: `, value, variableOf(p));
    else words.push(`-H ${quoted(`${p.name}: ${value}`)}`);
  }
  if (op.body) words.push(`-H ${quoted("Content-Type: application/json")}`, `--data-raw ${quoted(filled.body)}`);
  return words.join(" \\\n  ");
}

/** Where and why a text is no JSON, in the browser's words; undefined: it is JSON. */
export function notJSON(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (cause) {
    return (cause as Error).message;
  }
}
