import { beforeEach, describe, expect, test, vi } from "vitest";
import { Draft } from "./draft.svelte";
import { addPending, dropPending, type Pending, pendingFile, pendingFor } from "./pending";

describe("a draft", () => {
  test("outlives the page, and belongs to its campaign", () => {
    const draft = new Draft("one");
    Object.assign(draft, { name: "Ana", songTitle: "Heroes", answers: { where: "Berlin" } });
    draft.keep();
    expect(new Draft("one")).toMatchObject({ name: "Ana", songTitle: "Heroes", answers: { where: "Berlin" } });
    expect(new Draft("two").name).toBe("");
  });
  test("after sending keeps who one is and nothing of the story", () => {
    const draft = new Draft("one");
    Object.assign(draft, { name: "Ana", text: "words", answers: { where: "Berlin" } });
    draft.clear();
    expect(new Draft("one")).toMatchObject({ name: "Ana", text: "", answers: {} });
  });
  test("a picked song brings what the catalog knows, and only what it knows", () => {
    const draft = new Draft("one");
    draft.takeSong({ title: "Heroes", artist: "David Bowie", isrc: "USRC17607839" });
    expect(draft.song).toEqual({ title: "Heroes", artist: "David Bowie", isrc: "USRC17607839" });
  });
  test("answers only what is asked now, and leaves out what is empty", () => {
    const draft = new Draft("one");
    draft.answers = { where: " Berlin ", gone: "x", mood: "" };
    expect(
      draft.answersTo([
        { id: "where", label: "", kind: "text", required: true },
        { id: "mood", label: "", kind: "text", required: false },
      ]),
    ).toEqual({ where: "Berlin" });
  });
  test("starts empty where storage is forbidden", () => {
    vi.spyOn(Storage.prototype, "getItem").mockImplementation(() => {
      throw new DOMException("no", "SecurityError");
    });
    expect(new Draft("one").name).toBe("");
  });
});

describe("what is under way", () => {
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

  test("the last one of a campaign is offered", () => {
    expect(pendingFor("one")?.story).toBe("b");
    expect(pendingFor("two")).toBeUndefined();
  });
  test("a file is known again by its fingerprint, in its campaign", () => {
    expect(pendingFile("one", "a")?.story).toBe("a");
    expect(pendingFile("two", "a")).toBeUndefined();
  });
  test("is forgotten when it is done, or too old for any service to wait", () => {
    dropPending("b");
    addPending(pending("old", { at: Date.now() - 8 * 86_400_000 }));
    expect(pendingFor("one")?.story).toBe("a");
  });
});
