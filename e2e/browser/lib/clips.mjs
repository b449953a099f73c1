// Clips made by ffmpeg, so that nothing has to be kept in the repository.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export async function clipFolder() {
  const dir = await mkdtemp(join(tmpdir(), "storyreel-clips-"));
  /** A tone over a moving test pattern; `hue` tells clips apart. */
  async function clip(name, { width = 360, height = 640, seconds = 3, hue = 0, noise = false } = {}) {
    const path = join(dir, name);
    const video = `testsrc2=size=${width}x${height}:rate=25:duration=${seconds},hue=h=${hue}${noise ? ",noise=alls=60:allf=t" : ""}`;
    const audio = `sine=frequency=${300 + hue}:duration=${seconds}`;
    const quality = noise ? ["-crf", "10"] : ["-crf", "24"];
    await run("ffmpeg", [
      "-v",
      "error",
      "-y",
      "-f",
      "lavfi",
      "-i",
      video,
      "-f",
      "lavfi",
      "-i",
      audio,
      "-c:v",
      "libx264",
      "-preset",
      "ultrafast",
      ...quality,
      "-pix_fmt",
      "yuv420p",
      "-c:a",
      "aac",
      "-shortest",
      path,
    ]);
    return path;
  }
  /** The same video as a messenger forwards it: smaller and encoded again. */
  async function again(of, name) {
    const path = join(dir, name);
    await run("ffmpeg", [
      "-v",
      "error",
      "-y",
      "-i",
      of,
      "-vf",
      "scale=iw*2/3:-2",
      "-c:v",
      "libx264",
      "-crf",
      "32",
      "-pix_fmt",
      "yuv420p",
      "-c:a",
      "aac",
      path,
    ]);
    return path;
  }
  return { clip, again, remove: () => rm(dir, { recursive: true, force: true }) };
}
