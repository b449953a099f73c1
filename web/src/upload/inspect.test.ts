import { describe, expect, test, vi } from "vitest";
import { judge, silent, sniff } from "./inspect";

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array([
    ...parts.flatMap((p) => (typeof p === "string" ? [...p].map((c) => c.charCodeAt(0)) : p)),
    ...new Array<number>(256).fill(0),
  ]).slice(0, 256);

describe("the container is told by its first bytes", () => {
  test.each([
    ["video/mp4", bytes([0, 0, 0, 24], "ftypisom")],
    ["video/quicktime", bytes([0, 0, 0, 20], "ftypqt  ")],
    ["video/3gpp", bytes([0, 0, 0, 20], "ftyp3gp5")],
    ["video/quicktime", bytes([0, 0, 0, 8], "wide")],
    ["video/webm", bytes([0x1a, 0x45, 0xdf, 0xa3, 0x42, 0x82, 0x84], "webm")],
    ["video/x-matroska", bytes([0x1a, 0x45, 0xdf, 0xa3, 0x42, 0x82, 0x88], "matroska")],
    ["video/x-msvideo", bytes("RIFF", [1, 2, 3, 4], "AVI LIST")],
    ["video/ogg", bytes("OggS")],
    ["", bytes([0, 0, 0, 24], "ftypheic")],
    ["", bytes("%PDF-1.7")],
    ["", bytes("RIFF", [1, 2, 3, 4], "WAVEfmt ")],
    ["", new Uint8Array()],
  ])("%s", (type, head) => expect(sniff(head)).toBe(type));

  test("a transport stream by its sync bytes, also with time stamps before them", () => {
    const plain = new Uint8Array(256);
    plain[0] = plain[188] = 0x47;
    const stamped = new Uint8Array(256);
    stamped[4] = stamped[196] = 0x47;
    expect([sniff(plain), sniff(stamped)]).toEqual(["video/mp2t", "video/mp2t"]);
  });
});

describe("a file is held against the limits", () => {
  const limits = { max_bytes: 1000, min_duration_ms: 3000, max_duration_ms: 60_000, min_age: 18 };
  const good = { type: "video/mp4", duration: 30, width: 360, height: 640, playable: true };
  const file = new Blob(["x"]);
  const blocked = (...of: Parameters<typeof judge>) => judge(...of).some((f) => f.blocks);

  test("a good one passes without a word", () => expect(judge(file, good, limits)).toEqual([]));
  test("what is empty, no video or too large cannot be sent", () => {
    expect(blocked(new Blob(), good, limits)).toBe(true);
    expect(blocked(file, { ...good, type: "" }, limits)).toBe(true);
    expect(blocked(new Blob(["x".repeat(1001)]), good, limits)).toBe(true);
  });
  test("what the browser cannot play or measure is not refused for that", () => {
    expect(blocked(file, { type: "video/quicktime", playable: false }, limits)).toBe(false);
    expect(blocked(file, { type: "video/webm", playable: true }, limits)).toBe(false);
  });
  test("too short and too long are told", () => {
    expect(blocked(file, { ...good, duration: 2 }, limits)).toBe(true);
    expect(blocked(file, { ...good, duration: 61 }, limits)).toBe(true);
  });
  test("the part that was chosen counts, and the whole is only mentioned", () => {
    const found = judge(file, { ...good, duration: 300 }, limits, 45);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ blocks: false });
    expect(blocked(file, { ...good, duration: 300 }, limits, 2)).toBe(true);
  });
  test("silence is a hint", () => expect(judge(file, good, limits, 30, true)).toMatchObject([{ blocks: false }]));
});

describe("silence is heard", () => {
  const film = (...channels: number[][]) =>
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

  test("in a film where no channel says anything", async () => {
    film([0, 0.001], [0, -0.002]);
    expect(await silent(file)).toBe(true);
  });
  test("not where the microphone was the right channel only", async () => {
    film([0, 0], [0, -0.2]);
    expect(await silent(file)).toBe(false);
  });
  test("not where the browser cannot read the sound", async () => {
    vi.stubGlobal(
      "OfflineAudioContext",
      class {
        decodeAudioData = () => Promise.reject(new DOMException("no", "EncodingError"));
      },
    );
    expect(await silent(file)).toBe(false);
  });
});
