import { describe, expect, test } from "vitest";
import { plainKey } from "./keys";

describe("single keys", () => {
  const key = (target: HTMLElement, init: KeyboardEventInit, dialog?: HTMLElement) => {
    let got: string | undefined;
    target.addEventListener("keydown", (e) => (got = plainKey(e, dialog)), { once: true });
    target.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, ...init }));
    return got;
  };
  test("are reported in lower case", () =>
    expect([key(document.body, { key: "A" }), key(document.body, { key: "ArrowLeft" })]).toEqual(["a", "ArrowLeft"]));
  test("are ignored with a modifier, on repeat, and while typing", () => {
    const input = document.body.appendChild(document.createElement("input"));
    expect([
      key(document.body, { key: "a", ctrlKey: true }),
      key(document.body, { key: "a", repeat: true }),
      key(input, { key: "a" }),
    ]).toEqual([undefined, undefined, undefined]);
  });
  test("belong to the dialog that is open", () => {
    const dialog = document.body.appendChild(document.createElement("dialog"));
    dialog.setAttribute("open", "");
    const button = dialog.appendChild(document.createElement("button"));
    expect([key(button, { key: "j" }), key(button, { key: "j" }, dialog)]).toEqual([undefined, "j"]);
  });
});
