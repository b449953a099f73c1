import type { Question, Song } from "../lib/client";
import { recall, remember } from "../browser/local";
import { composed } from "../lib/limit";

/**
 * The form's texts, stored in the browser under these names until the story is sent. Consent is never stored.
 */
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
  /** Catalog data of a picked song; cleared when title or artist is edited. */
  found = $state.raw<Pick<Song, "isrc" | "cover">>({});
  #key: string;

  constructor(campaign: string) {
    this.#key = `draft.${campaign}`;
    const stored = recall<Partial<ReturnType<Draft["values"]>>>(this.#key);
    if (stored) Object.assign(this, stored);
  }

  values() {
    const { name, email, country, title, text, songTitle, songArtist, songLink, found } = this;
    return { name, email, country, title, text, songTitle, songArtist, songLink, found, answers: { ...this.answers } };
  }

  save(): void {
    remember(this.#key, this.values());
  }

  pickSong(song: Song): void {
    [this.songTitle, this.songArtist, this.songLink] = [song.title, song.artist, song.link ?? ""];
    this.found = { ...(song.isrc && { isrc: song.isrc }), ...(song.cover && { cover: song.cover }) };
    this.save();
  }

  get song(): Song {
    return {
      title: composed(this.songTitle),
      artist: composed(this.songArtist),
      ...(this.songLink && { link: this.songLink.trim() }),
      ...this.found,
    };
  }

  /** Answers to current questions only: a campaign may have removed one since. */
  answersTo(questions: readonly Question[]): Record<string, string> {
    return Object.fromEntries(
      questions.map((q) => [q.id, composed(this.answers[q.id] ?? "")]).filter(([, answer]) => answer),
    );
  }

  /** After sending: clears the story and keeps the contributor's details. */
  clear(): void {
    this.title = this.text = this.songTitle = this.songArtist = this.songLink = "";
    this.answers = {};
    this.found = {};
    this.save();
  }
}
