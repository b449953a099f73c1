import { recall, remember } from "../browser/local";

/** What a single key can be made to do. */
export const commands = [
  "approve",
  "reject",
  "escalate",
  "skip",
  "undo",
  "play",
  "slower",
  "pause",
  "faster",
  "back",
  "on",
  "frameBack",
  "frameOn",
  "mute",
  "blur",
  "grey",
  "note",
  "policy",
  "alike",
  "find",
  "help",
] as const;
export type Command = (typeof commands)[number];

const usual: Record<Command, string> = {
  approve: "a",
  reject: "r",
  escalate: "e",
  skip: "s",
  undo: "z",
  play: " ",
  slower: "j",
  pause: "k",
  faster: "l",
  back: "ArrowLeft",
  on: "ArrowRight",
  frameBack: ",",
  frameOn: ".",
  mute: "m",
  blur: "b",
  grey: "g",
  note: "n",
  policy: "p",
  alike: "d",
  find: "/",
  help: "?",
};

const wishes = ["keys", "muted", "autoplay", "blur", "blurFlagged", "grey", "small", "breaks"] as const;
export type Wish = (typeof wishes)[number];

/** How one person wants to review: quiet and still until they choose otherwise. */
export class Preferences {
  keys = $state(true);
  muted = $state(true);
  autoplay = $state(false);
  blur = $state(false);
  blurFlagged = $state(true);
  grey = $state(false);
  small = $state(false);
  breaks = $state(true);
  map = $state.raw<Record<Command, string>>(usual);

  constructor() {
    const kept = recall<Partial<Record<Wish, boolean>> & { map?: Partial<Record<Command, string>> }>("review") ?? {};
    for (const w of wishes) this[w] = kept[w] ?? this[w];
    this.map = { ...usual, ...kept.map };
  }

  get wishes(): readonly Wish[] {
    return wishes;
  }

  #keep(): void {
    const map = Object.fromEntries(commands.filter((c) => this.map[c] !== usual[c]).map((c) => [c, this.map[c]]));
    remember("review", { ...Object.fromEntries(wishes.map((w) => [w, this[w]])), map });
  }

  flip(name: Wish): void {
    this[name] = !this[name];
    this.#keep();
  }

  /** What a key does; nothing while single keys are off, but for the list of them. */
  command(key: string): Command | undefined {
    const found = commands.find((c) => this.map[c] === key);
    return this.keys || found === "help" ? found : undefined;
  }

  /** Gives a command another key; whoever had that key gets this one's. */
  bind(command: Command, key: string): void {
    const holder = commands.find((c) => this.map[c] === key);
    this.map = { ...this.map, ...(holder && { [holder]: this.map[command] }), [command]: key };
    this.#keep();
  }

  get changed(): boolean {
    return commands.some((c) => this.map[c] !== usual[c]);
  }

  reset(): void {
    this.map = usual;
    this.#keep();
  }
}

/** A key as it is written on a keycap. */
export const keycap = (key: string): string =>
  ({ " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" })[key] ??
  (key.length === 1 ? key.toUpperCase() : key);
