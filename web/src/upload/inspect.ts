// Checks a file in the browser before it is uploaded. Only the campaign's limits
// block it: a file that this browser cannot play may still be fine.
import type { Campaign } from "../lib/client";
import { bytes, span } from "../lib/format";
import { text } from "../text";

export interface FileFacts {
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

const photo = /^(\xff\xd8\xff|....ftyp(avif|avis|heic|heix|mif1|msf1))/s;

/** MIME type of the container by the file's beginning and its last four bytes; empty for anything but a video. */
export function sniff(b: Uint8Array): string {
  const head = new TextDecoder("latin1").decode(b);
  const is = (start: RegExp) => start.test(head);
  // of a motion photo, the video is used
  if (is(photo)) return is(/MotionPhoto|MicroVideo|mpvd|SEFT$/) ? "image/jpeg" : "";
  if (is(/^....ftyp/s)) return is(/^.{8}qt/s) ? "video/quicktime" : is(/^.{8}3g/s) ? "video/3gpp" : "video/mp4";
  if (is(/^....(moov|mdat|wide|free|skip)/s)) return "video/quicktime";
  if (is(/^\x1aE\xdf\xa3/)) return is(/^.{0,60}webm/s) ? "video/webm" : "video/x-matroska";
  if (is(/^RIFF....AVI /s)) return "video/x-msvideo";
  if (is(/^0&\xb2u/)) return "video/x-ms-wmv";
  if (is(/^FLV\x01/)) return "video/x-flv";
  if (is(/^\0\0\x01\xba/)) return "video/mpeg";
  if (is(/^OggS/)) return "video/ogg";
  // packets from any byte on, alone, with timestamps or with parity
  return is(/^.{0,203}(?:(G.{187}){4}|(G.{191}){4}|(G.{203}){4})/s) ? "video/mp2t" : "";
}

const probeTimeout = 4000; // milliseconds; a file without metadata by then counts as not playable

function probe(url: string): Promise<Omit<FileFacts, "type">> {
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
    const timer = setTimeout(() => done(video.videoWidth > 0), probeTimeout);
    video.preload = "metadata";
    video.muted = true;
    video.onloadedmetadata = () => {
      if (video.duration !== Infinity) return done(video.videoWidth > 0);
      // A recording without a duration in its header: seeking far makes the browser find the end.
      video.ondurationchange = () => Number.isFinite(video.duration) && done(video.videoWidth > 0);
      video.currentTime = 1e7;
    };
    video.onerror = () => done(false);
    video.src = url;
  });
}

/** Type and properties of a file; `url` is an object URL of it. */
export async function inspect(file: Blob, url: string): Promise<FileFacts> {
  const ends = new Blob([file.slice(0, 131072), file.slice(-4)]); // the metadata of a photo take up to 128 kB
  return { type: sniff(new Uint8Array(await ends.arrayBuffer())), ...(await probe(url)) };
}

const maxDecoded = 64_000_000; // bytes; decoding more is too expensive on a phone
const audible = 0.004; // of full scale; below it is the noise of a muted microphone

/** True if the browser can decode the audio and all of it is silent. Only a hint: silent stories are allowed. */
export async function isSilent(file: Blob): Promise<boolean> {
  if (file.size > maxDecoded) return false;
  try {
    const audio = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(await file.arrayBuffer());
    const channels = Array.from({ length: audio.numberOfChannels }, (_, i) => audio.getChannelData(i));
    return channels.every((channel) => channel.every((v) => Math.abs(v) < audible));
  } catch {
    return false; // unknown: no audio track, or one that this browser cannot decode
  }
}

/** Checks a file against the campaign's limits; `chosen` is the length of the part that is used, in seconds. */
export function checkLimits(
  file: Blob,
  facts: FileFacts,
  limits: Campaign["limits"],
  chosen = facts.duration,
  noAudio = false,
): Finding[] {
  const found: Finding[] = [];
  const add = (blocks: boolean, message: string) => found.push({ blocks, text: message });
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
  if (noAudio) add(false, text.check.silent);
  return found;
}
