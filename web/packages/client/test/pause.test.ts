import { expect, test } from "vitest";
import { backoff } from "../src/pause";

test("pauses grow up to a limit and are never shorter than requested", () => {
  for (let i = 0; i < 12; i++) {
    const pause = backoff(i);
    expect(pause).toBeGreaterThanOrEqual(Math.min(30_000, 500 * 2 ** i) / 2);
    expect(pause).toBeLessThanOrEqual(30_000);
  }
  expect(backoff(0, 9)).toBe(9000);
  expect(backoff(0, 1e12)).toBe(3_600_000); // timers of more than 24 days end at once
});
