import { untrack } from "svelte";

const events = [
  "play",
  "pause",
  "timeupdate",
  "seeking",
  "seeked",
  "durationchange",
  "volumechange",
  "progress",
  "waiting",
  "playing",
  "ended",
  "emptied",
];

/** What a video's controls show of it; times are in seconds. */
export class Playhead {
  paused = $state(true);
  time = $state(0);
  /** 0 until it is known. */
  duration = $state(0);
  /** The end of what is loaded from the current time on. */
  loaded = $state(0);
  muted = $state(false);
  volume = $state(1);
  /** Whether it is to play, and waits for data. */
  waiting = $state(false);

  constructor(readonly video: HTMLVideoElement) {}

  /** Follows the video until the returned function is called. */
  follow(): () => void {
    let frame = 0;
    const next = () => {
      this.read();
      frame = this.paused ? 0 : requestAnimationFrame(next); // timeupdate comes four times a second
    };
    const changed = () => {
      cancelAnimationFrame(frame);
      next();
    };
    for (const name of events) this.video.addEventListener(name, changed);
    untrack(changed);
    return () => {
      cancelAnimationFrame(frame);
      for (const name of events) this.video.removeEventListener(name, changed);
    };
  }

  private read(): void {
    const v = this.video;
    this.paused = v.paused;
    this.time = v.currentTime;
    this.duration = Number.isFinite(v.duration) ? v.duration : 0;
    this.muted = v.muted || v.volume === 0;
    this.volume = v.volume;
    this.waiting = !v.paused && v.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
    this.loaded = 0;
    for (let i = 0; i < v.buffered.length; i++)
      if (v.buffered.start(i) <= this.time + 0.1) this.loaded = Math.max(this.loaded, v.buffered.end(i));
  }

  toggle(): void {
    if (this.video.paused) void this.video.play().catch(() => undefined);
    else this.video.pause();
  }

  seek(seconds: number): void {
    this.video.currentTime = this.time = Math.min(this.duration, Math.max(0, seconds));
  }

  mute(): void {
    this.video.muted = !this.muted;
    if (!this.video.muted && this.video.volume === 0) this.video.volume = 1;
  }

  setVolume(volume: number): void {
    this.video.volume = volume;
    this.video.muted = false;
  }
}
