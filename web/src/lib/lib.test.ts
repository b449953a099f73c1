import { describe, expect, test } from "vitest";
import { captionKey, preferredTrack } from "./captions";
import { bytes, clock, country, parseClock, percent, span, languageName } from "./format";
import { tileBackground, parseStoryboard } from "./storyboard";

describe("formats", () => {
  test.each([
    [42, "0:42"],
    [64.6, "1:05"],
    [3849, "1:04:09"],
    [NaN, "–:––"],
  ])("%d s is %s", (s, text) => expect(clock(s)).toBe(text));
  test("tenths are truncated, not rounded up", () => expect(clock(6.29, true)).toBe("0:06.2"));
  test.each([
    ["0:06.2", 6.2],
    ["1:04:09", 3849],
    ["12,5", 12.5],
    ["90", 90],
    ["soon", undefined],
    ["", undefined],
    ["1:", undefined],
  ])("%s is parsed as %s", (text, s) => expect(parseClock(text)).toBe(s));
  test("sizes and shares", () => {
    expect(bytes(38_100_000)).toBe("38.1 MB");
    expect(bytes(0)).toBe("0 byte");
    expect(percent(0.999)).toBe("99%");
  });
  test("languages and countries by name; unknown codes unchanged", () => {
    expect([languageName("de"), languageName("de", "de"), languageName("pt-BR"), country("at")]).toEqual([
      "German",
      "Deutsch",
      "Brazilian Portuguese",
      "Austria",
    ]);
    expect([
      languageName("x_y"),
      languageName("d"),
      languageName("", ""),
      languageName("en", "no such"),
      country("XYZ1"),
      country(undefined),
    ]).toEqual(["x_y", "d", "", "en", "XYZ1", ""]);
  });
  test("durations in words", () =>
    expect([span(1), span(60), span(180)]).toEqual(["1 second", "60 seconds", "3 minutes"]));
});

test("a storyboard's tiles are parsed from its WebVTT", () => {
  const vtt =
    "WEBVTT\r\n\r\n00:00:00.000 --> 00:00:01.500\r\nstoryboard.jpg#xywh=0,0,90,160\r\n\r\n" +
    "00:01:01.500 --> 00:01:03.000\r\nstoryboard.jpg#xywh=90,0,90,160\r\n";
  expect(parseStoryboard(vtt)).toEqual([
    { from: 0, to: 1.5, x: 0, y: 0, w: 90, h: 160 },
    { from: 61.5, to: 63, x: 90, y: 0, w: 90, h: 160 },
  ]);
  expect(parseStoryboard("WEBVTT")).toEqual([]);
});

test("a tile shows its part of the sheet at any height", () => {
  const tile = { from: 0, to: 1, x: 90, y: 160, w: 90, h: 160 };
  expect(
    tileBackground({ tiles: [tile], image: { naturalWidth: 900, naturalHeight: 320 } as HTMLImageElement }, tile, 80),
  ).toEqual({ size: "450px 160px", at: "-45px -80px" });
});

test("captions are shown in the visitor's language, or not at all", () => {
  expect(preferredTrack([{ locale: "de" }, { locale: "en-GB" }])).toBe(1);
  expect(preferredTrack([{ locale: "de" }])).toBe(-1);
  localStorage.setItem("storyreel.captions", '"off"');
  expect(preferredTrack([{ locale: "en" }])).toBe(-1);
});

test("reloaded captions compare equal, replaced ones do not", () => {
  const list = () => [
    { locale: "de", url: "https://a.test/de?v=1" },
    { locale: "en", url: "https://a.test/en?v=1" },
  ];
  expect(captionKey(list())).toBe(captionKey(list()));
  expect(captionKey(list())).not.toBe(captionKey([list()[0]!, { locale: "en", url: "https://a.test/en?v=2" }]));
  expect(captionKey([])).toBe("");
});
