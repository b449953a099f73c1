// Everything of a story that the public gets is on the page that a moderator decides by.
import { mount, type Component, unmount } from "svelte";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Story } from "../lib/client";
import { network } from "../test/network";
import { loadStaffLocale } from "../text";
import list from "./publicFields.json";

/** A value of each field that people write, and what shows it. */
const samples: Record<string, { value: string; shown: string }> = {
  name: { value: "Zoë of the sample", shown: "Zoë of the sample" },
  country: { value: "AT", shown: "Austria" },
  title: { value: "A sample title", shown: "A sample title" },
  text: { value: "What happened.\nThen more.", shown: "What happened.\nThen more." },
  "song.title": { value: "A sample song", shown: "A sample song" },
  "song.artist": { value: "A sample artist", shown: "A sample artist" },
  "song.isrc": { value: "GBAYE7700123", shown: "GBAYE7700123" },
  "song.link": { value: "https://xn--sptify-xqf.com/login?x=1", shown: "https://xn--sptify-xqf.com/login?x=1" },
  "song.cover": { value: "https://covers.example/c.jpg", shown: "https://covers.example/c.jpg" },
  "captions.locale": { value: "pt-BR", shown: "Brazilian Portuguese" },
  "captions.label": { value: "A sample label", shown: "A sample label" },
  "captions.url": { value: "https://stories.example/captions", shown: "Words of the sample captions" },
};
const of = (path: string) => samples[path]!.value;

const story = (title = of("title")): Story =>
  ({
    id: "01a2194e-b0a6-7a69-b5c9-66c40ccd8c7e",
    state: "published",
    version: 1,
    contributor: { name: of("name"), country: of("country") },
    title,
    text: of("text"),
    song: {
      title: of("song.title"),
      artist: of("song.artist"),
      isrc: of("song.isrc"),
      link: of("song.link"),
      cover: of("song.cover"),
    },
    captions: [
      { locale: "en", url: "https://stories.example/en", version: "1" },
      {
        locale: of("captions.locale"),
        label: of("captions.label"),
        url: of("captions.url"),
        version: "2",
        pending: true,
      },
    ],
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
  }) as Story;

let page: Record<string, unknown> | undefined;
const body = () => document.body.textContent ?? "";

beforeEach(async () => {
  await loadStaffLocale();
  network.answer = (request) => {
    const { pathname } = new URL(request.url);
    const words = pathname.endsWith("pt-BR") ? samples["captions.url"]!.shown : "Others";
    if (pathname.includes("/captions/"))
      return Promise.resolve(new Response(`WEBVTT\n\n00:00.000 --> 00:01.000\n${words}\n`));
    return Promise.resolve(Response.json(pathname.endsWith(story().id) ? story() : { items: [] }));
  };
});
afterEach(() => {
  if (page) void unmount(page);
  document.body.replaceChildren();
});

async function show(component: Component<never>, props: object): Promise<void> {
  page = mount(component as Component, { target: document.body, props }) as Record<string, unknown>;
  await expect.poll(body, { timeout: 20_000 }).toContain(samples["captions.url"]!.shown);
}

test("the list has a sample of every field", () =>
  expect(Object.keys(samples).sort()).toEqual([...list.written].sort()));

test.each([
  ["review", async () => show((await import("./Words.svelte")).default, { story: story(), seek: () => undefined })],
  [
    "decided",
    async () => {
      const queue = { reasonsFor: () => [], outbox: { decided: [] } };
      await show((await import("./DecidedPanel.svelte")).default, {
        queue,
        preferences: {},
        id: story().id,
        close: () => undefined,
      });
    },
  ],
])("the %s page shows every field that becomes public", async (_, open) => {
  await open();
  for (const [path, { shown }] of Object.entries(samples)) expect(body(), path).toContain(shown);
  expect(body()).toContain("(xn--sptify-xqf.com)");
  expect(body()).toContain("Not public yet");
});

test("a story without a title is shown under the one it gets", async () => {
  await show((await import("./Words.svelte")).default, { story: story(""), seek: () => undefined });
  expect(document.querySelector("h2")?.textContent).toBe("About “A sample song”");
});
