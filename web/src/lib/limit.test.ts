import { expect, test, vi } from "vitest";
import { atMost, composed } from "./limit";

/** The value of a field of at most four code points after it was typed or composed. */
function typed(value: string, composing = false): { value: string; bound: string } {
  const node = document.createElement("input");
  let bound = "";
  node.addEventListener("input", () => (bound = node.value));
  const stop = atMost(4)(node);
  node.value = value;
  node.dispatchEvent(Object.assign(new Event("input"), { isComposing: composing }));
  const during = node.value;
  if (composing) node.dispatchEvent(new Event("compositionend"));
  if (composing) expect(during).toBe(value);
  stop();
  return { value: node.value, bound };
}

test.each([
  ["abcd", "abcd"],
  ["abcde", "abcd"],
  ["😀😀😀😀", "😀😀😀😀"],
  ["😀😀😀😀😀", "😀😀😀😀"],
  ["a\u0308".repeat(4), "a\u0308".repeat(4)],
  ["한국사람".normalize("NFD"), "한국사람".normalize("NFD")],
])("%s is kept as %s", (value, kept) => expect(typed(value)).toEqual({ value: kept, bound: kept }));

test("what is being composed is cut when it is complete", () =>
  expect(typed("abcdef", true)).toEqual({ value: "abcd", bound: "abcd" }));

test("texts are sent composed and trimmed", () => expect(composed(" Zoe\u0308\n")).toBe("Zoë"));

test("nothing is cut after the field is gone", () => {
  const node = document.createElement("textarea");
  atMost(1)(node)();
  const heard = vi.fn();
  node.addEventListener("input", heard);
  node.value = "ab";
  node.dispatchEvent(new Event("input"));
  expect([node.value, heard.mock.calls.length]).toEqual(["ab", 1]);
});
