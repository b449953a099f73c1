import type { Preferences } from "./preferences.svelte";

const speeds = [0.5, 0.75, 1, 1.25, 1.5, 2, 3];

/** Playback state of one story's video. */
export class Playback {
  video = $state.raw<HTMLVideoElement>();
  time = $state(0);
  duration = $state(0);
  paused = $state(true);
  rate = $state(1);
  /** What is known of the first frame: on the way, on the screen, or that the browser cannot show it. */
  frame = $state<"loading" | "shown" | "failed">("loading");
  /** Whether the video was played, or moved to another time. */
  watched = $state(false);
  /** Whether the moderator removed the blur of this story. */
  uncovered = $state(false);

  toggle(): void {
    if (!this.video) return;
    if (this.video.paused) void this.video.play().catch(() => undefined);
    else this.video.pause();
  }

  pause(): void {
    this.video?.pause();
  }

  /** Reports a frame once it is painted: two frames of the page after it was loaded and visible. */
  show(): void {
    const paint = () => this.video?.checkVisibility() && (this.frame = "shown");
    requestAnimationFrame(() => requestAnimationFrame(paint));
  }

  seek(seconds: number): void {
    this.watched = true;
    if (this.video) this.video.currentTime = Math.min(this.duration || seconds, Math.max(0, seconds));
  }

  step(frames: number): void {
    this.pause();
    this.seek(this.time + frames / 30);
  }

  faster(by: 1 | -1): void {
    const at = speeds.indexOf(this.rate);
    this.rate = speeds[Math.min(speeds.length - 1, Math.max(0, at + by))] ?? 1;
    if (this.video) this.video.playbackRate = this.rate;
  }

  /** Applies the moderator's preferences when the video becomes current. */
  begin(preferences: Preferences): void {
    if (!this.video) return;
    this.video.muted = preferences.muted;
    this.video.playbackRate = this.rate;
    if (preferences.autoplay) void this.video.play().catch(() => undefined);
  }
}
