import { expect, test } from "vitest";
import { type OpenAPI, operationIn, readable } from "./operation";
import { addressOf, curlOf, type Filled, headerCan, notJSON, quoted, wrongIn } from "./request";

const string = { type: "string" };
const document: OpenAPI = {
  paths: {
    "/v1/lists/{list}/items/{id}": {
      get: {
        operationId: "list-items",
        security: [{ apiKey: [] }, { session: [] }, { storyToken: [] }],
        parameters: [
          { name: "list", in: "path", required: true, schema: string },
          { name: "id", in: "path", required: true, schema: string },
          { name: "song", in: "query", explode: true, schema: { type: ["array", "null"], items: string } },
          { name: "state", in: "query", explode: false, schema: { type: "array", items: { enum: ["a", "b"] } } },
          { name: "limit", in: "query", schema: { type: "integer", default: 24, minimum: 1, maximum: 100 } },
          { name: "open", in: "query", schema: { type: "boolean" } },
          { name: "Notice-Token", in: "header", schema: string },
          { name: "Idempotency-Key", in: "header", schema: string },
        ],
        responses: { 200: { description: "OK", content: { "application/json": {} } } },
      },
      put: {
        operationId: "put-item",
        requestBody: { content: { "application/json": {} } },
        responses: { 204: { description: "No Content" } },
      },
    },
    "/v1/events": { get: { operationId: "events", responses: { 200: { content: { "text/event-stream": {} } } } } },
    "/v1/sheet": { get: { operationId: "sheet", responses: { 200: { content: { "application/x-sheet": {} } } } } },
    "/v1/both": {
      get: { operationId: "both", responses: { 200: { content: { "application/x-sheet": {}, "text/csv": {} } } } },
    },
    "/v1/file": {
      put: { operationId: "file", requestBody: { content: { "video/mp4": {} } }, responses: { 204: {} } },
    },
  },
};
const list = operationIn(document, "list-items")!;
const fill = (values: Record<string, string>, more: Partial<Filled> = {}): Filled => ({
  values: { "path list": "l", "path id": "i", ...values },
  body: "",
  scheme: "none",
  secret: "",
  ...more,
});

test("an operation is read with its controls, credentials and what keeps a page from sending it", () => {
  expect(list.parameters.map((p) => p.control)).toEqual([..."text text list list number select text text".split(" ")]);
  expect(list.parameters.filter((p) => p.secret).map((p) => p.name)).toEqual(["Notice-Token"]);
  expect(list.parameters[4]).toMatchObject({ placeholder: "24", min: 1, max: 100, type: "integer" });
  expect(list.schemes).toEqual(["session", "apiKey", "storyToken"]);
  const only = (id: string) => operationIn(document, id)?.only;
  expect(["list-items", "put-item", "events", "sheet", "both", "file"].map(only)).toEqual([
    undefined,
    undefined,
    "stream",
    "file",
    undefined,
    "upload",
  ]);
  expect(operationIn(document, "other")).toBeUndefined();
});

test("media types that are text are shown", () => {
  const types = "application/json application/problem+json text/vtt application/x-ndjson text/event-stream video/mp4";
  expect(types.split(" ").map(readable)).toEqual([true, true, true, true, false, false]);
  expect(readable("text/csv; charset=utf-8")).toBe(true);
});

test("values are encoded where they go; empty ones are left out", () => {
  const values = { "path id": "a/b ?#", "query song": "Hey, you\n\n 99 ", "query state": "a\nb", "query limit": "" };
  expect(addressOf(list, fill(values))).toBe("/v1/lists/l/items/a%2Fb%20%3F%23?song=Hey%2C%20you&song=99&state=a,b");
  expect(addressOf(list, fill({ "path id": "" }))).toBe("/v1/lists/l/items/{id}");
});

test("what no request can carry is refused", () => {
  const [, id, , , limit, , token] = list.parameters as [(typeof list.parameters)[0], ...typeof list.parameters];
  expect(["", ".", "..", "...", "a.b"].map((v) => wrongIn(id!, v))).toEqual([
    "missing",
    "dots",
    "dots",
    undefined,
    undefined,
  ]);
  expect(["", "x", "12", "-1"].map((v) => wrongIn(limit!, v))).toEqual([undefined, "number", undefined, undefined]);
  expect(wrongIn(token!, "a\u2026")).toBe("header");
  expect(headerCan("srk_a\nX: y")).toBe(false);
  expect(notJSON('{"a": 1}')).toBeUndefined();
  expect(notJSON('{"a": }')).toMatch(/./);
});

test("curl shows no credential, and what is copied reads them from the environment", () => {
  const filled = fill({ "header Notice-Token": "t0p", "header Idempotency-Key": "k'1" }, { scheme: "apiKey" });
  filled.secret = "srk_hidden";
  for (const shown of [true, false]) expect(curlOf(list, filled, "http://x", shown)).not.toMatch(/hidden|t0p/);
  expect(curlOf(list, filled, "http://x", true)).toContain("-H 'Authorization: Bearer srk_••••••••'");
  expect(curlOf(list, filled, "http://x", false).split(" \\\n  ")).toEqual([
    "curl 'http://x/v1/lists/l/items/i'",
    '-H "Authorization: Bearer $STORYREEL_KEY"',
    '-H "Notice-Token: $NOTICE_TOKEN"',
    "-H 'Idempotency-Key: k'\\''1'",
  ]);
  const token = curlOf(list, { ...filled, scheme: "storyToken" }, "http://x", false);
  expect(token).toContain('"Authorization: Bearer $STORYREEL_TOKEN"');
  expect(curlOf(list, { ...filled, scheme: "none" }, "http://x", false)).not.toContain("Authorization");
});

test("a body is one word of sh, quotes inside included", () => {
  expect(quoted("it's $HOME `x` \\")).toBe("'it'\\''s $HOME `x` \\'");
  const put = curlOf(operationIn(document, "put-item")!, fill({}, { body: '{"a": "it\'s"}' }), "http://x", false);
  expect(put).toContain(`-X PUT \\\n  -H 'Content-Type: application/json' \\\n  --data-raw '{"a": "it'\\''s"}'`);
});
