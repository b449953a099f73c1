import { expect, test } from "vitest";
import { instants, isZone, offset, toLocal } from "./zone";

const cases: [zone: string, local: string, instants: string[]][] = [
  ["UTC", "2026-05-04T03:02:01", ["2026-05-04T03:02:01.000Z"]],
  ["Europe/Berlin", "2026-12-31T23:59:59", ["2026-12-31T22:59:59.000Z"]],
  ["Europe/Berlin", "2026-03-29T02:30:00", []],
  ["Europe/Berlin", "2026-03-29T03:00:00", ["2026-03-29T01:00:00.000Z"]],
  ["Europe/Berlin", "2026-10-25T02:30:59", ["2026-10-25T00:30:59.000Z", "2026-10-25T01:30:59.000Z"]],
  ["America/New_York", "2026-11-01T01:59:59", ["2026-11-01T05:59:59.000Z", "2026-11-01T06:59:59.000Z"]],
  ["America/St_Johns", "2026-07-01T00:00:00", ["2026-07-01T02:30:00.000Z"]],
  ["Australia/Lord_Howe", "2026-10-04T02:15:00", []],
  ["Australia/Lord_Howe", "2026-04-05T01:45:00", ["2026-04-04T14:45:00.000Z", "2026-04-04T15:15:00.000Z"]],
  ["Pacific/Apia", "2011-12-30T12:00:00", []],
  ["Pacific/Kiritimati", "2026-01-01T00:00:01", ["2025-12-31T10:00:01.000Z"]],
  ["Europe/Berlin", "", []],
];

test.each(cases)("%s at %s", (zone, local, want) => {
  expect(instants(local, zone)).toEqual(want);
  for (const instant of want) expect(toLocal(instant, zone)).toBe(local);
});

test("an offset tells the two readings of a repeated hour apart", () => {
  const [first = "", second = ""] = instants("2026-10-25T02:30:00", "Europe/Berlin");
  expect(offset(first, "Europe/Berlin")).toBe("UTC+02:00");
  expect(offset(second, "Europe/Berlin")).toBe("UTC+01:00");
  expect(offset("2026-07-01T00:00:00Z", "America/St_Johns")).toBe("UTC−02:30");
});

test("only names of zones are zones", () => {
  expect(["UTC", "Europe/Berlin", "Nowhere", "", "+02:00"].map(isZone)).toEqual([true, true, false, false, false]);
});
