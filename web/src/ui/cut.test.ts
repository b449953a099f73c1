import { describe, expect, test } from "vitest";
import { Cut, runsOn } from "./cut.svelte";

describe("a cut", () => {
  test("is the whole film at first, and then says nothing to the service", () => {
    const cut = new Cut(30, 3, 60);
    expect(cut).toMatchObject({ from: 0, to: 30, whole: true, wire: undefined });
  });
  test("of a film that is too long begins as the longest part", () => {
    const cut = new Cut(200, 3, 60);
    expect(cut).toMatchObject({ from: 0, to: 60, whole: false, wire: { from_ms: 0, to_ms: 60_000 } });
  });
  test("never gets shorter than the least: a handle takes the other along", () => {
    const cut = new Cut(30, 3, 60);
    cut.setFrom(29);
    expect([cut.from, cut.to]).toEqual([27, 30]);
    cut.setTo(1);
    expect([cut.from, cut.to]).toEqual([0, 3]);
  });
  test("never gets longer than the most", () => {
    const cut = new Cut(200, 3, 60);
    cut.setTo(100);
    expect([cut.from, cut.to]).toEqual([40, 100]);
    cut.setFrom(10);
    expect([cut.from, cut.to]).toEqual([10, 70]);
  });
  test("stays within the film", () => {
    const cut = new Cut(30, 3, 60);
    cut.setFrom(-5);
    cut.setTo(99);
    expect(cut.whole).toBe(true);
  });
  test("to the end is told as 0: the service knows better where that is", () => {
    const cut = new Cut(30, 3, 60);
    cut.setFrom(4.2);
    expect(cut.wire).toEqual({ from_ms: 4200, to_ms: 0 });
  });
  test("moves in tenths without drifting", () => {
    const cut = new Cut(30, 3, 60);
    for (let i = 0; i < 7; i++) cut.setFrom(cut.from + 0.1);
    expect(cut.from).toBe(0.7);
  });
});

test("a loop goes on past the end of its film, and ends with any other pause", () => {
  expect(runsOn({ ended: true, paused: true })).toBe(true);
  expect(runsOn({ ended: false, paused: true })).toBe(false);
  expect(runsOn({ ended: false, paused: false })).toBe(true); // the word of an earlier pause came late
});
