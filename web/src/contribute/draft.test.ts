import { describe, expect, test, vi } from "vitest";
import { Draft } from "./draft.svelte";

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
