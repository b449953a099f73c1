// What a form needs to know of an operation, read from the service's OpenAPI document.

interface Schema {
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  default?: unknown;
  examples?: unknown[];
  minimum?: number;
  maximum?: number;
  items?: Schema;
}
interface Content {
  content?: Record<string, unknown>;
}
interface Described extends Content {
  description?: string;
}
interface Source {
  operationId: string;
  security?: Record<string, unknown>[];
  parameters?: {
    name: string;
    in: string;
    required?: boolean;
    explode?: boolean;
    schema: Schema;
  }[];
  requestBody?: Content;
  responses: Record<string, Described>;
}
export interface OpenAPI {
  paths: Record<string, Record<string, Source>>;
}

export type Scheme = "session" | "apiKey" | "storyToken";

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  /** A credential, which is not shown. */
  secret: boolean;
  control: "text" | "number" | "select" | "list";
  type: string;
  /** Values of a select, or of an item of a list; none: any. */
  values: string[];
  min: number | undefined;
  max: number | undefined;
  /** The value that the service takes when there is none, or an example; may be empty. */
  placeholder: string;
  /** A list is sent as a parameter for each item, not joined by commas. */
  repeated: boolean;
}

export interface Operation {
  id: string;
  method: string;
  /** With the names of its parameters in braces. */
  path: string;
  parameters: Parameter[];
  body: boolean;
  /** What it accepts as credentials, in the order in which a page offers them; none: anyone may call it. */
  schemes: Scheme[];
  /** Why the page cannot send it; curl can. */
  only: "stream" | "file" | "upload" | undefined;
  /** Phrases of the documented HTTP statuses: HTTP/2 sends none. */
  phrases: Record<string, string>;
}

const schemes: Scheme[] = ["session", "apiKey", "storyToken"];
const json = "application/json";

/** Whether text of the media type can be shown. */
export const readable = (type: string): boolean =>
  /^(text\/(?!event-stream)|application\/(.+\+)?(json|x-ndjson)\b)/.test(type);

/** The operation with the id; undefined if the document has none. */
export function operationIn(document: OpenAPI, id: string): Operation | undefined {
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, source] of Object.entries(methods))
      if (source.operationId === id) return read(method.toUpperCase(), path, source);
  return undefined;
}

function read(method: string, path: string, source: Source): Operation {
  const accepted = new Set((source.security ?? []).flatMap((s) => Object.keys(s)));
  return {
    id: source.operationId,
    method,
    path,
    parameters: (source.parameters ?? []).map(parameterOf),
    body: json in (source.requestBody?.content ?? {}),
    schemes: schemes.filter((s) => accepted.has(s)),
    only: onlyBy(source),
    phrases: Object.fromEntries(Object.entries(source.responses).map(([status, r]) => [status, r.description ?? ""])),
  };
}

function onlyBy(source: Source): Operation["only"] {
  const sent = Object.keys(source.requestBody?.content ?? {});
  if (sent.length && !sent.includes(json)) return "upload";
  const answers = Object.entries(source.responses)
    .filter(([status]) => status < "400")
    .flatMap(([, r]) => Object.keys(r.content ?? {}));
  if (!answers.length || answers.some(readable)) return undefined;
  return answers.includes("text/event-stream") ? "stream" : "file";
}

const textOf = (value: unknown): string =>
  value === undefined || value === null ? "" : Array.isArray(value) ? value.join("\n") : String(value);

function parameterOf(p: NonNullable<Source["parameters"]>[number]): Parameter {
  const s = p.schema;
  const kind = [s.type ?? "string"].flat().find((type) => type !== "null") ?? "string";
  const of = kind === "array" ? (s.items ?? {}) : s;
  const values = kind === "boolean" ? ["true", "false"] : (of.enum ?? []).map(textOf);
  const control =
    kind === "array" ? "list" : values.length ? "select" : /^(integer|number)$/.test(kind) ? "number" : "text";
  return {
    name: p.name,
    in: p.in as Parameter["in"],
    required: p.required ?? false,
    secret: p.in === "header" && /token|secret|password|key$/i.test(p.name) && !/idempotency/i.test(p.name),
    control,
    type: kind === "array" ? `list of ${[of.type ?? "string"].flat()[0]}` : (s.format ?? kind).replace(/^int64$/, kind),
    values,
    min: s.minimum,
    max: s.maximum,
    placeholder: textOf(s.default ?? s.examples?.[0]),
    repeated: p.explode ?? p.in === "query",
  };
}
