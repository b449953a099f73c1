import { recall, remember } from "../browser/local";
import type { Story } from "../lib/client";

/** Actions that a single key can be bound to; stored under these names. */
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
  "filter",
  "help",
] as const;
export type Command = (typeof commands)[number];

const defaults: Record<Command, string> = {
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
  filter: "f",
  help: "?",
};

/** Stored under these names. */
const names = ["keys", "muted", "autoplay", "blur", "blurFlagged", "grey", "small", "breaks"] as const;
export type Preference = (typeof names)[number];

/** How one person reviews, stored in the browser; muted and without autoplay by default. */
export class Preferences {
  keys = $state(true);
  muted = $state(true);
  autoplay = $state(false);
  blur = $state(false);
  blurFlagged = $state(true);
  grey = $state(false);
  small = $state(false);
  breaks = $state(true);
  map = $state.raw<Record<Command, string>>(defaults);

  constructor() {
    const stored =
      recall<Partial<Record<Preference, boolean>> & { map?: Partial<Record<Command, string>> }>("review") ?? {};
    for (const name of names) this[name] = stored[name] ?? this[name];
    this.map = { ...defaults, ...stored.map };
  }

  get names(): readonly Preference[] {
    return names;
  }

  #save(): void {
    const map = Object.fromEntries(commands.filter((c) => this.map[c] !== defaults[c]).map((c) => [c, this.map[c]]));
    remember("review", { ...Object.fromEntries(names.map((name) => [name, this[name]])), map });
  }

  flip(name: Preference): void {
    this[name] = !this[name];
    this.#save();
  }

  /** Whether the story's frames are covered until the moderator uncovers them. */
  covers(story: Story): boolean {
    const flagged = story.escalated || story.findings?.warnings?.includes("flashing");
    return this.blur || (this.blurFlagged && Boolean(flagged));
  }

  /** The command bound to a key; only `help` while single keys are switched off. */
  command(key: string): Command | undefined {
    const found = commands.find((c) => this.map[c] === key);
    return this.keys || found === "help" ? found : undefined;
  }

  /** Binds a key to a command; a command that had the key gets the old one. */
  bind(command: Command, key: string): void {
    const holder = commands.find((c) => this.map[c] === key);
    this.map = { ...this.map, ...(holder && { [holder]: this.map[command] }), [command]: key };
    this.#save();
  }

  get changed(): boolean {
    return commands.some((c) => this.map[c] !== defaults[c]);
  }

  reset(): void {
    this.map = defaults;
    this.#save();
  }
}

/** A key as printed on a keycap. */
export const keycap = (key: string): string =>
  ({ " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" })[key] ??
  (key.length === 1 ? key.toUpperCase() : key);
