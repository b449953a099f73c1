/** What a trim bar moves: from where to where a film is used, in seconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly length: number;
  readonly whole: boolean;
  setFrom(seconds: number): void;
  setTo(seconds: number): void;
  reset(): void;
}

/** Whether a loop goes on although its film paused: at the end of the film it does, and where it plays again already. */
export const runsOn = (film: Pick<HTMLMediaElement, "ended" | "paused">): boolean => film.ended || !film.paused;

const round = (seconds: number) => Math.round(seconds * 1000) / 1000;

/** The part of a file that becomes the story: never shorter than `least`, never longer than `most`. */
export class Cut implements Span {
  from = $state(0);
  to = $state(0);
  readonly length: number;
  readonly least: number;
  readonly most: number;

  constructor(length: number, least = 0.5, most = Infinity) {
    [this.length, this.least, this.most] = [length, least, most];
    this.reset();
  }

  get whole(): boolean {
    return this.from === 0 && this.to === this.length;
  }

  get seconds(): number {
    return this.to - this.from;
  }

  /** As the service takes it; 0 is the end of the file, which it knows better than a browser. */
  get wire(): { from_ms: number; to_ms: number } | undefined {
    if (this.whole) return undefined;
    return {
      from_ms: Math.round(this.from * 1000),
      to_ms: this.to === this.length && this.length <= this.most ? 0 : Math.round(this.to * 1000),
    };
  }

  /** A handle that would leave too much or too little takes the other along. */
  setFrom(seconds: number): void {
    this.from = round(Math.max(0, Math.min(seconds, this.length - this.least)));
    this.to = round(Math.min(this.length, Math.max(this.to, this.from + this.least), this.from + this.most));
  }

  setTo(seconds: number): void {
    this.to = round(Math.min(this.length, Math.max(seconds, this.least)));
    this.from = round(Math.max(0, Math.min(this.from, this.to - this.least), this.to - this.most));
  }

  reset(): void {
    this.from = 0;
    this.to = Math.min(this.length, this.most);
  }
}
