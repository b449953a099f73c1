import { expect, test, vi } from "vitest";
import { copy, share } from "./share";

const data = { title: "Heroes", url: "https://stories.example/v/1" };
const browser = (parts: object) => vi.stubGlobal("navigator", parts);
const failing = (name: string) => () => Promise.reject(Object.assign(new Error(name), { name }));

test("a link counts as copied only when the clipboard took it", async () => {
  browser({});
  expect(await copy("x")).toBe(false);
  browser({ clipboard: { writeText: failing("NotAllowedError") } });
  expect(await copy("x")).toBe(false);
  browser({ clipboard: { writeText: () => Promise.resolve() } });
  expect(await copy("x")).toBe(true);
});

test("sharing falls back from the sheet to the clipboard to the visitor's hand", async () => {
  const sheet = { canShare: () => true, share: () => Promise.resolve() };
  const clipboard = { writeText: () => Promise.resolve() };
  browser({ ...sheet, clipboard });
  expect(await share(data)).toBe("shared");
  browser({ ...sheet, share: failing("AbortError"), clipboard });
  expect(await share(data)).toBe("shared");
  browser({ ...sheet, share: failing("NotAllowedError"), clipboard });
  expect(await share(data)).toBe("copied");
  browser({ ...sheet, share: failing("NotAllowedError") });
  expect(await share(data)).toBe("byHand");
});
