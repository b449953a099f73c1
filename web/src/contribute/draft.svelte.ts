import type { Question, Song } from "../lib/client";
import { recall, remember } from "../browser/local";

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
  answers = $state<Record<string, string>>({});
  /** What a catalog says beyond what is typed; goes when title or artist is typed anew. */
  found = $state.raw<Pick<Song, "isrc" | "cover">>({});
  #key: string;

  constructor(campaign: string) {
    this.#key = `draft.${campaign}`;
    const kept = recall<Partial<ReturnType<Draft["values"]>>>(this.#key);
    if (kept) Object.assign(this, kept);
  }

  values() {
    const { name, email, country, title, text, songTitle, songArtist, songLink, found } = this;
    return { name, email, country, title, text, songTitle, songArtist, songLink, found, answers: { ...this.answers } };
  }

  keep(): void {
    remember(this.#key, this.values());
  }

  takeSong(song: Song): void {
    [this.songTitle, this.songArtist, this.songLink] = [song.title, song.artist, song.link ?? ""];
    this.found = { ...(song.isrc && { isrc: song.isrc }), ...(song.cover && { cover: song.cover }) };
    this.keep();
  }

  get song(): Song {
    return {
      title: this.songTitle.trim(),
      artist: this.songArtist.trim(),
      ...(this.songLink && { link: this.songLink.trim() }),
      ...this.found,
    };
  }

  /** Only to what is asked now: a campaign may have dropped a question since it was answered. */
  answersTo(asks: readonly Question[]): Record<string, string> {
    return Object.fromEntries(asks.map((q) => [q.id, this.answers[q.id]?.trim() ?? ""]).filter(([, answer]) => answer));
  }

  /** After sending: who one is stays, the story does not. */
  clear(): void {
    this.title = this.text = this.songTitle = this.songArtist = this.songLink = "";
    this.answers = {};
    this.found = {};
    this.keep();
  }
}
