import { describe, expect, test, vi } from "vitest";
import { checkLimits, isSilent, sniff } from "./inspect";

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array([
    ...parts.flatMap((p) => (typeof p === "string" ? [...p].map((c) => c.charCodeAt(0)) : p)),
    ...new Array<number>(256).fill(0),
  ]).slice(0, 256);

describe("the container is recognized by its first bytes", () => {
  test.each([
    ["video/mp4", bytes([0, 0, 0, 24], "ftypisom")],
    ["video/quicktime", bytes([0, 0, 0, 20], "ftypqt  ")],
    ["video/3gpp", bytes([0, 0, 0, 20], "ftyp3gp5")],
    ["video/quicktime", bytes([0, 0, 0, 8], "wide")],
    ["video/webm", bytes([0x1a, 0x45, 0xdf, 0xa3, 0x42, 0x82, 0x84], "webm")],
    ["video/x-matroska", bytes([0x1a, 0x45, 0xdf, 0xa3, 0x42, 0x82, 0x88], "matroska")],
    ["video/x-msvideo", bytes("RIFF", [1, 2, 3, 4], "AVI LIST")],
    ["video/ogg", bytes("OggS")],
    ["video/mpeg", bytes([0, 0, 1, 0xba, 0x44])],
    ["video/x-flv", bytes("FLV", [1, 5])],
    ["video/x-ms-wmv", bytes([0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66])],
    ["image/jpeg", bytes([0xff, 0xd8, 0xff, 0xe1], 'GCamera:MicroVideo="1"')],
    ["image/jpeg", bytes([0xff, 0xd8, 0xff, 0xe1], 'Item:Semantic="MotionPhoto"')],
    ["image/jpeg", bytes([0, 0, 0, 24], "ftypheic", [0, 0, 1, 0], "mpvd")],
    ["image/jpeg", new Uint8Array([0xff, 0xd8, 0xff, 0xd9, 0x53, 0x45, 0x46, 0x54])],
    ["", bytes([0xff, 0xd8, 0xff, 0xe1], "Exif")],
    ["", bytes([0, 0, 0, 24], "ftypheic")],
    ["", bytes("%PDF-1.7")],
    ["", bytes("RIFF", [1, 2, 3, 4], "WAVEfmt ")],
    ["", new Uint8Array()],
  ])("%s", (type, head) => expect(sniff(head)).toBe(type));

  test.each([
    [188, 0],
    [188, 131],
    [192, 4],
    [204, 203],
  ])("a transport stream of packets of %i bytes, cut %i bytes before one", (length, first) => {
    const cut = new Uint8Array(2048);
    for (let at = first; at < cut.length; at += length) cut[at] = 0x47;
    expect(sniff(cut)).toBe("video/mp2t");
    cut[first + 2 * length] = 0;
    expect(sniff(cut.slice(0, first + 4 * length))).toBe("");
  });
});

describe("a file is checked against the limits", () => {
  const limits = { max_bytes: 1000, min_duration_ms: 3000, max_duration_ms: 60_000, min_age: 18 };
  const good = { type: "video/mp4", duration: 30, width: 360, height: 640, playable: true };
  const file = new Blob(["x"]);
  const blocked = (...of: Parameters<typeof checkLimits>) => checkLimits(...of).some((f) => f.blocks);

  test("a good file has no findings", () => expect(checkLimits(file, good, limits)).toEqual([]));
  test("an empty file, another type or one that is too large is blocked", () => {
    expect(blocked(new Blob(), good, limits)).toBe(true);
    expect(blocked(file, { ...good, type: "" }, limits)).toBe(true);
    expect(blocked(new Blob(["x".repeat(1001)]), good, limits)).toBe(true);
  });
  test("a file that the browser cannot play or measure is not blocked", () => {
    expect(blocked(file, { type: "video/quicktime", playable: false }, limits)).toBe(false);
    expect(blocked(file, { type: "video/webm", playable: true }, limits)).toBe(false);
  });
  test("too short and too long are blocked", () => {
    expect(blocked(file, { ...good, duration: 2 }, limits)).toBe(true);
    expect(blocked(file, { ...good, duration: 61 }, limits)).toBe(true);
  });
  test("the length of the chosen part counts; that of the file is only a hint", () => {
    const found = checkLimits(file, { ...good, duration: 300 }, limits, 45);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ blocks: false });
    expect(blocked(file, { ...good, duration: 300 }, limits, 2)).toBe(true);
  });
  test("silence is a hint", () => expect(checkLimits(file, good, limits, 30, true)).toMatchObject([{ blocks: false }]));
});

describe("silence is detected", () => {
  const decodesTo = (...channels: number[][]) =>
    vi.stubGlobal(
      "OfflineAudioContext",
      class {
        decodeAudioData = async () => ({
          numberOfChannels: channels.length,
          getChannelData: (i: number) => Float32Array.from(channels[i]!),
        });
      },
    );
  const file = new Blob(["x"]);

  test("in a video whose channels are all silent", async () => {
    decodesTo([0, 0.001], [0, -0.002]);
    expect(await isSilent(file)).toBe(true);
  });
  test("not where only the right channel has audio", async () => {
    decodesTo([0, 0], [0, -0.2]);
    expect(await isSilent(file)).toBe(false);
  });
  test("not where the browser cannot decode the audio", async () => {
    vi.stubGlobal(
      "OfflineAudioContext",
      class {
        decodeAudioData = () => Promise.reject(new DOMException("no", "EncodingError"));
      },
    );
    expect(await isSilent(file)).toBe(false);
  });
});
