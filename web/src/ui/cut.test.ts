import { describe, expect, test } from "vitest";
import { Cut, loopContinues } from "./cut.svelte";

describe("a cut", () => {
  test("is the whole video at first, and then not sent", () => {
    const cut = new Cut(30, 3, 60);
    expect(cut).toMatchObject({ from: 0, to: 30, whole: true, request: undefined });
  });
  test("of a video that is too long starts with the maximum length", () => {
    const cut = new Cut(200, 3, 60);
    expect(cut).toMatchObject({ from: 0, to: 60, whole: false, request: { from_ms: 0, to_ms: 60_000 } });
  });
  test("never gets shorter than the minimum: the other end moves along", () => {
    const cut = new Cut(30, 3, 60);
    cut.setFrom(29);
    expect([cut.from, cut.to]).toEqual([27, 30]);
    cut.setTo(1);
    expect([cut.from, cut.to]).toEqual([0, 3]);
  });
  test("never gets longer than the maximum", () => {
    const cut = new Cut(200, 3, 60);
    cut.setTo(100);
    expect([cut.from, cut.to]).toEqual([40, 100]);
    cut.setFrom(10);
    expect([cut.from, cut.to]).toEqual([10, 70]);
  });
  test("stays within the video", () => {
    const cut = new Cut(30, 3, 60);
    cut.setFrom(-5);
    cut.setTo(99);
    expect(cut.whole).toBe(true);
  });
  test("up to the end is sent as 0", () => {
    const cut = new Cut(30, 3, 60);
    cut.setFrom(4.2);
    expect(cut.request).toEqual({ from_ms: 4200, to_ms: 0 });
  });
  test("moves in tenths without drifting", () => {
    const cut = new Cut(30, 3, 60);
    for (let i = 0; i < 7; i++) cut.setFrom(cut.from + 0.1);
    expect(cut.from).toBe(0.7);
  });
});

test("a loop continues at the end of its video, and stops at any other pause", () => {
  expect(loopContinues({ ended: true, paused: true })).toBe(true);
  expect(loopContinues({ ended: false, paused: true })).toBe(false);
  expect(loopContinues({ ended: false, paused: false })).toBe(true); // the event of an earlier pause came late
});
