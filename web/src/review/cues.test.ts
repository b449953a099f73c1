import { expect, test } from "vitest";
import { parseCues } from "./cues";

test("captions as the service writes them are read line by line", () => {
  const vtt =
    "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nWe danced &amp; sang\nall &lt;night&gt;\n\n" +
    "01:00:03.500 --> 01:00:04.000\nTschüss\n";
  expect(parseCues(vtt)).toEqual([
    { from: 1, text: "We danced & sang\nall <night>" },
    { from: 3603.5, text: "Tschüss" },
  ]);
  expect(parseCues("WEBVTT\n")).toEqual([]);
});
