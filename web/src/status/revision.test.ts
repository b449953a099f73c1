import { expect, test } from "vitest";
import type { Question, Story } from "../lib/client";
import { Revision } from "./revision.svelte";

const story = {
  text: "We danced.",
  song: { title: "Heroes", artist: "David Bowie", isrc: "GBAYE7700123", cover: "https://covers.example/1.jpg" },
  answers: [{ id: "why", label: "Why?", value: "The roof" }],
} as unknown as Story;
const questions = [
  { id: "why", label: "Why?", kind: "text" },
  { id: "when", label: "When?", kind: "text" },
] as Question[];

test("nothing is sent of what did not change", () => {
  const revision = new Revision(story);
  expect(revision.changes(questions)).toEqual({});
  revision.text = " We danced. ";
  expect(revision.changes(questions)).toEqual({});
});

test("a song is sent whole, and without catalog data once it was edited", () => {
  const revision = new Revision(story);
  revision.songLink = "https://songs.example/1";
  expect(revision.changes(questions)).toEqual({ song: { ...story.song, link: "https://songs.example/1" } });
  revision.songTitle = "Life on Mars?";
  revision.found = {};
  revision.songLink = "";
  expect(revision.changes(questions)).toEqual({ song: { title: "Life on Mars?", artist: "David Bowie" } });
});

test("answers are sent whole, and only those to questions that are asked", () => {
  const revision = new Revision(story);
  revision.answers.when = "2019";
  expect(revision.changes(questions)).toEqual({ answers: { why: "The roof", when: "2019" } });
  expect(revision.changes(questions.slice(1))).toEqual({ answers: { when: "2019" } });
  revision.answers.why = "";
  revision.answers.when = "";
  expect(revision.changes(questions)).toEqual({ answers: {} });
});
