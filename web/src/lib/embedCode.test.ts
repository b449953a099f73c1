import { expect, test } from "vitest";
import { embedCode } from "./embedCode";

test("the lines have what was chosen, and nothing that was not", () => {
  const attributes = { lang: "de", hashtag: 'a"b<c', limit: "", layout: "row" };
  const code = embedCode("Send", { campaign: "songs", attributes, properties: { "--ink": "#123456", "--paper": "" } });
  const page = new DOMParser().parseFromString(code, "text/html");
  const names = (tag: string) => [...page.querySelector(tag)!.attributes].map((a) => `${a.name}=${a.value}`);
  expect(names("storyreel-upload")).toEqual(["campaign=songs", "lang=de"]);
  expect(names("storyreel-feed")).toEqual(["campaign=songs", "lang=de", 'hashtag=a"b<c', "layout=row"]);
  expect(names("script").slice(0, 2)).toEqual(["type=module", "crossorigin="]);
  expect(page.querySelector("storyreel-upload a")!.getAttribute("href")).toMatch(/\/c\/songs$/);
  expect(page.querySelector("style")!.textContent).toContain("storyreel-upload, storyreel-feed {\n    --ink: #123456;");
  expect(code).not.toContain("--paper");
});

test("one element alone, without a style where there are no properties", () => {
  const feed = embedCode("Send", { campaign: "songs", shows: "feed" });
  expect(feed).toMatch(/^<script [^\n]+\n<storyreel-feed campaign="songs"><\/storyreel-feed>$/);
  const upload = embedCode("Send", { campaign: "songs", shows: "upload", attributes: { layout: "row" } });
  expect(upload).not.toMatch(/feed|row|<style/);
});
