/** The range a trim bar edits, in seconds. */
export interface TrimRange {
  readonly from: number;
  readonly to: number;
  readonly length: number;
  readonly whole: boolean;
  setFrom(seconds: number): void;
  setTo(seconds: number): void;
  reset(): void;
}

/** Whether a pause event leaves the loop running: at the end of the video, or when it is playing again already. */
export const loopContinues = (video: Pick<HTMLMediaElement, "ended" | "paused">): boolean =>
  video.ended || !video.paused;

const round = (seconds: number) => Math.round(seconds * 1000) / 1000;

/** The part of a file that is used, between `min` and `max` seconds long. */
export class Cut implements TrimRange {
  from = $state(0);
  to = $state(0);
  readonly length: number;
  readonly min: number;
  readonly max: number;

  constructor(length: number, min = 0.5, max = Infinity) {
    [this.length, this.min, this.max] = [length, min, max];
    this.reset();
  }

  get whole(): boolean {
    return this.from === 0 && this.to === this.length;
  }

  get seconds(): number {
    return this.to - this.from;
  }

  /** As the API expects it; 0 means the end of the file, which the service measures exactly. */
  get request(): { from_ms: number; to_ms: number } | undefined {
    if (this.whole) return undefined;
    return {
      from_ms: Math.round(this.from * 1000),
      to_ms: this.to === this.length && this.length <= this.max ? 0 : Math.round(this.to * 1000),
    };
  }

  /** Moves the other end too if the range would become too short or too long. */
  setFrom(seconds: number): void {
    this.from = round(Math.max(0, Math.min(seconds, this.length - this.min)));
    this.to = round(Math.min(this.length, Math.max(this.to, this.from + this.min), this.from + this.max));
  }

  setTo(seconds: number): void {
    this.to = round(Math.min(this.length, Math.max(seconds, this.min)));
    this.from = round(Math.max(0, Math.min(this.from, this.to - this.min), this.to - this.max));
  }

  reset(): void {
    this.from = 0;
    this.to = Math.min(this.length, this.max);
  }
}
