import { recall, remember } from "../lib/local";

/** What a contributor has typed; kept, so that going back never loses it. Consent is asked each time. */
export class Draft {
  name = $state("");
  email = $state("");
  country = $state("");
  title = $state("");
  text = $state("");
  songTitle = $state("");
  songArtist = $state("");
  songLink = $state("");
  #key: string;

  constructor(campaign: string) {
    this.#key = `draft.${campaign}`;
    const kept = recall<Partial<ReturnType<Draft["values"]>>>(this.#key);
    if (kept) Object.assign(this, kept);
  }

  values() {
    const { name, email, country, title, text, songTitle, songArtist, songLink } = this;
    return { name, email, country, title, text, songTitle, songArtist, songLink };
  }

  keep(): void {
    remember(this.#key, this.values());
  }

  /** After sending: who one is stays, the story does not. */
  clear(): void {
    this.title = this.text = this.songTitle = this.songArtist = this.songLink = "";
    this.keep();
  }
}
