import { expect, test } from "vitest";
import errors from "./errors.json";

test("error codes are listed once, in alphabetical order", () => {
  const codes = errors.map((e) => e.code);
  expect(codes).toEqual([...new Set(codes)].sort());
});

test("every error code has a scope, HTTP statuses, a meaning and an action", () => {
  for (const e of errors) {
    expect(["request", "video", "operator"], e.code).toContain(e.scope);
    expect(
      e.status.every((s) => s >= 304 && s < 600),
      e.code,
    ).toBe(true);
    expect(e.scope !== "request" || e.status.length > 0, `${e.code} is answered without a status`).toBe(true);
    for (const sentence of [e.meaning, e.action]) expect(sentence, e.code).toMatch(/^[A-Z`].*\.$/);
  }
});
