import type { Question, Song, Story } from "../lib/client";
import { composed } from "../lib/limit";

/** What is written of a story, as its contributor edits it. */
export class Revision {
  title = $state("");
  text = $state("");
  songTitle = $state("");
  songArtist = $state("");
  songLink = $state("");
  answers = $state<Record<string, string>>({});
  message = $state("");
  /** Catalog data of the song; cleared when title or artist is edited. */
  found = $state.raw<Pick<Song, "isrc" | "cover">>({});
  #story: Story;

  constructor(story: Story) {
    this.#story = story;
    this.title = story.title ?? "";
    this.text = story.text ?? "";
    this.pickSong(story.song);
    this.answers = Object.fromEntries((story.answers ?? []).map((a) => [a.id, a.value]));
  }

  pickSong({ title, artist, link, isrc, cover }: Song): void {
    [this.songTitle, this.songArtist, this.songLink] = [title, artist, link ?? ""];
    this.found = { ...(isrc && { isrc }), ...(cover && { cover }) };
  }

  /** The fields that differ from the story; answers are sent whole, to questions that are still asked. */
  changes(questions: readonly Question[]): {
    title?: string;
    text?: string;
    song?: Song;
    answers?: Record<string, string>;
  } {
    const s = this.#story;
    const title = composed(this.title);
    const words = composed(this.text);
    const song: Song = { title: composed(this.songTitle), artist: composed(this.songArtist), ...this.found };
    const link = this.songLink.trim();
    if (link) song.link = link;
    const sent = Object.fromEntries((s.answers ?? []).map((a) => [a.id, a.value]));
    const given = questions.map((q) => [q.id, composed(this.answers[q.id] ?? "")] as const);
    const same = (["title", "artist", "link", "isrc"] as const).every((k) => (song[k] ?? "") === (s.song[k] ?? ""));
    return {
      ...(title !== (s.title ?? "") && { title }),
      ...(words !== (s.text ?? "") && { text: words }),
      ...(!same && { song }),
      ...(given.some(([id, answer]) => answer !== (sent[id] ?? "")) && {
        answers: Object.fromEntries(given.filter(([, answer]) => answer)),
      }),
    };
  }
}
