import { describe, expect, test, vi } from "vitest";
import { Draft } from "./draft.svelte";

describe("a draft", () => {
  test("survives a reload, separately for each campaign", () => {
    const draft = new Draft("one");
    Object.assign(draft, { name: "Ana", songTitle: "Heroes", answers: { where: "Berlin" } });
    draft.save();
    expect(new Draft("one")).toMatchObject({ name: "Ana", songTitle: "Heroes", answers: { where: "Berlin" } });
    expect(new Draft("two").name).toBe("");
  });
  test("after sending keeps the contributor's details only", () => {
    const draft = new Draft("one");
    Object.assign(draft, { name: "Ana", text: "a story", answers: { where: "Berlin" } });
    draft.clear();
    expect(new Draft("one")).toMatchObject({ name: "Ana", text: "", answers: {} });
  });
  test("a picked song brings its catalog data", () => {
    const draft = new Draft("one");
    draft.pickSong({ title: "Heroes", artist: "David Bowie", isrc: "USRC17607839" });
    expect(draft.song).toEqual({ title: "Heroes", artist: "David Bowie", isrc: "USRC17607839" });
  });
  test("answers current questions only, without empty answers", () => {
    const draft = new Draft("one");
    draft.answers = { where: " Berlin ", removed: "x", mood: "" };
    expect(
      draft.answersTo([
        { id: "where", label: "", kind: "text", required: true },
        { id: "mood", label: "", kind: "text", required: false },
      ]),
    ).toEqual({ where: "Berlin" });
  });
  test("starts empty where storage is refused", () => {
    vi.spyOn(Storage.prototype, "getItem").mockImplementation(() => {
      throw new DOMException("no", "SecurityError");
    });
    expect(new Draft("one").name).toBe("");
  });
});
