import { beforeEach, describe, expect, test } from "vitest";
import { addPending, dropPending, type Pending, pendingFile, pendingFor } from "./pending";

describe("pending uploads", () => {
  const pending = (story: string, more: Partial<Pending> = {}): Pending => ({
    story,
    token: "t",
    campaign: "one",
    fingerprint: story,
    name: "a.mp4",
    bytes: 1,
    at: Date.now(),
    ...more,
  });
  beforeEach(() => ["a", "b"].forEach((s) => addPending(pending(s))));

  test("the last one of a campaign is returned", () => {
    expect(pendingFor("one")?.story).toBe("b");
    expect(pendingFor("two")).toBeUndefined();
  });
  test("a file is recognized by its fingerprint, within its campaign", () => {
    expect(pendingFile("one", "a")?.story).toBe("a");
    expect(pendingFile("two", "a")).toBeUndefined();
  });
  test("are dropped when done, or older than the service waits", () => {
    dropPending("b");
    addPending(pending("old", { at: Date.now() - 8 * 86_400_000 }));
    expect(pendingFor("one")?.story).toBe("a");
  });
});
