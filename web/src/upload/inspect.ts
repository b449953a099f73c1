// What can be said of a file before a byte is sent. Only hard limits block:
// a browser that cannot play a file says nothing about the file.
import type { Campaign } from "../lib/client";
import { bytes, span } from "../lib/format";
import { text } from "../text";

export interface Facts {
  type: string;
  duration?: number;
  width?: number;
  height?: number;
  playable: boolean;
}

export interface Finding {
  blocks: boolean;
  text: string;
}

const ascii = (b: Uint8Array, from: number, to: number) => String.fromCharCode(...b.subarray(from, to));

/** The container by its first bytes; empty when it is none that holds video. */
export function sniff(b: Uint8Array): string {
  const box = ascii(b, 4, 8);
  if (box === "ftyp") {
    const brand = ascii(b, 8, 12);
    if (/^(avif|avis|heic|heix|mif1|msf1)$/.test(brand)) return "";
    return brand === "qt  " ? "video/quicktime" : brand.startsWith("3g") ? "video/3gpp" : "video/mp4";
  }
  if (["moov", "mdat", "wide", "free", "skip"].includes(box)) return "video/quicktime";
  if (b[0] === 0x1a && b[1] === 0x45 && b[2] === 0xdf && b[3] === 0xa3)
    return ascii(b, 0, 64).includes("webm") ? "video/webm" : "video/x-matroska";
  if (ascii(b, 0, 4) === "RIFF" && ascii(b, 8, 12) === "AVI ") return "video/x-msvideo";
  if (b[0] === 0x47 && b[188] === 0x47) return "video/mp2t";
  if (b[4] === 0x47 && b[196] === 0x47) return "video/mp2t";
  if (b[0] === 0 && b[1] === 0 && b[2] === 1 && (b[3] === 0xba || b[3] === 0xb3)) return "video/mpeg";
  if (ascii(b, 0, 4) === "OggS") return "video/ogg";
  return "";
}

const patience = 4000; // a file that shows nothing by then is not one this browser plays

function probe(url: string): Promise<Omit<Facts, "type">> {
  return new Promise((resolve) => {
    const video = document.createElement("video");
    const done = (playable: boolean) => {
      clearTimeout(timer);
      const known = playable && Number.isFinite(video.duration);
      resolve({
        playable,
        duration: known ? video.duration : undefined,
        width: video.videoWidth || undefined,
        height: video.videoHeight || undefined,
      });
      video.onloadedmetadata = video.onerror = video.ondurationchange = null;
      video.removeAttribute("src");
      video.load();
    };
    const timer = setTimeout(() => done(video.videoWidth > 0), patience);
    video.preload = "metadata";
    video.muted = true;
    video.onloadedmetadata = () => {
      if (video.duration !== Infinity) return done(video.videoWidth > 0);
      // A recording that was never closed properly: its end is found by going there.
      video.ondurationchange = () => Number.isFinite(video.duration) && done(video.videoWidth > 0);
      video.currentTime = 1e7;
    };
    video.onerror = () => done(false);
    video.src = url;
  });
}

/** Looks into the file; `url` is an object URL of it. */
export async function inspect(file: Blob, url: string): Promise<Facts> {
  const head = new Uint8Array(await file.slice(0, 256).arrayBuffer());
  return { type: sniff(head), ...(await probe(url)) };
}

const listenTo = 64_000_000; // bytes; decoding more would cost a phone more than the hint is worth
const audible = 0.004; // of full scale; below that is the hiss of a switched-off microphone

/** Whether the browser hears the film, and nothing at all in it. Only a hint: silent stories are allowed. */
export async function silent(file: Blob): Promise<boolean> {
  if (file.size > listenTo) return false;
  try {
    const sound = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(await file.arrayBuffer());
    const channels = Array.from({ length: sound.numberOfChannels }, (_, i) => sound.getChannelData(i));
    return channels.every((channel) => channel.every((v) => Math.abs(v) < audible));
  } catch {
    return false; // nobody knows: it may have no sound, or one that this browser cannot read
  }
}

/** Holds a file against the campaign's limits; `chosen` seconds of it are the story. */
export function judge(
  file: Blob,
  facts: Facts,
  limits: Campaign["limits"],
  chosen = facts.duration,
  noSound = false,
): Finding[] {
  const found: Finding[] = [];
  const add = (blocks: boolean, words: string) => found.push({ blocks, text: words });
  const ms = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000);
  const [length, all] = [ms(chosen), ms(facts.duration)];
  if (file.size === 0) add(true, text.check.empty);
  else if (!facts.type) add(true, text.check.type);
  if (file.size > limits.max_bytes) add(true, text.check.tooLarge(bytes(file.size), bytes(limits.max_bytes)));
  if (length !== undefined && length < limits.min_duration_ms - 100)
    add(true, text.check.tooShort(span(limits.min_duration_ms / 1000)));
  if (length !== undefined && length > limits.max_duration_ms + 500)
    add(true, text.check.tooLong(span(limits.max_duration_ms / 1000)));
  else if (all !== undefined && all > limits.max_duration_ms + 500)
    add(false, text.check.cutToFit(span(limits.max_duration_ms / 1000)));
  if (found.length === 0 && !facts.playable) add(false, text.check.noPreview);
  if (noSound) add(false, text.check.silent);
  return found;
}
