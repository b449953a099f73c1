import { beforeEach, expect, test } from "vitest";
import { addSentStory, dropSentStory, sentStories, sentStory } from "./sentStories";

const story = (id: string, campaign = "songs") => ({ id, token: `token of ${id}`, campaign, title: id, at: 1 });

beforeEach(() => localStorage.clear());

test("sent stories are kept newest first, once each, and by campaign", () => {
  addSentStory(story("a"));
  addSentStory(story("b", "other"));
  addSentStory(story("c"));
  addSentStory({ ...story("a"), title: "again" });
  expect(sentStories().map((s) => s.title)).toEqual(["again", "c", "b"]);
  expect(sentStories("other").map((s) => s.id)).toEqual(["b"]);
  expect(sentStory("c")?.token).toBe("token of c");
});

test("a story that is removed is forgotten with its token; the list is bounded", () => {
  for (let i = 0; i < 60; i++) addSentStory(story(`s${i}`));
  expect(sentStories()).toHaveLength(50);
  dropSentStory("s59");
  expect(sentStory("s59")).toBeUndefined();
  expect(JSON.stringify({ ...localStorage })).not.toContain("token of s59");
});
