import { recall, remember } from "../browser/local";

/** A text being typed. The browser keeps it until it is cleared, so that closing or reloading loses nothing. */
export class Draft {
  readonly #key: string;
  #text = $state("");

  /** `stored` is what the service has; a draft that was kept goes before it. */
  constructor(key: string, stored = "") {
    this.#key = `draft.${key}`;
    this.#text = recall<string>(this.#key) ?? stored;
  }

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
    remember(this.#key, text || undefined);
  }

  /** Empties the field, or sets it to what the service has now. */
  clear(stored = ""): void {
    this.#text = stored;
    remember(this.#key, undefined);
  }
}
