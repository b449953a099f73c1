import { expect, test, vi } from "vitest";
import { loadTextWhenShown } from "./captions";

test("captions are fetched when they are first shown, and only once", async () => {
  const texts = new Map<string, string>();
  let count = 0;
  vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => {
    const name = `blob:${count++}`;
    void (blob as Blob).text().then((t) => texts.set(name, t));
    return name;
  });
  vi.spyOn(URL, "revokeObjectURL").mockImplementation((name) => void texts.delete(name));
  const fetched = vi.fn(async () => new Response("", { status: 503 }));
  vi.stubGlobal("fetch", fetched);
  const textTracks = new EventTarget();
  const node = { parentNode: { textTracks }, track: { mode: "disabled" }, src: "" };
  const change = async (mode: string) => {
    node.track.mode = mode;
    textTracks.dispatchEvent(new Event("change"));
    await new Promise((r) => setTimeout(r));
  };

  const end = loadTextWhenShown(node as never, "https://a.test/en");
  await change("disabled");
  expect(fetched).not.toHaveBeenCalled();
  await change("showing"); // the service is busy
  expect(texts.get(node.src)).toBe("WEBVTT\n");
  fetched.mockImplementation(async () => new Response("WEBVTT\n\n00:00.000 --> 00:01.000\nRain\n"));
  await change("disabled");
  await change("showing");
  await change("showing");
  expect(fetched.mock.calls).toEqual([["https://a.test/en"], ["https://a.test/en"]]);
  expect(texts.get(node.src)).toContain("Rain");
  end();
  expect(texts.size).toBe(0);
});
