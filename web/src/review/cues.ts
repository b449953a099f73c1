/** A caption cue; `from` is in seconds. */
export interface Cue {
  from: number;
  text: string;
}

const seconds = (stamp: string): number => stamp.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
const plain = (s: string): string => s.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** Parses the WebVTT that the service writes, which has times and text only. */
export function parseCues(vtt: string): Cue[] {
  return [...vtt.matchAll(/^([\d:.]+) --> [\d:.]+\n((?:.+\n?)+)/gm)].map(([, at = "", text = ""]) => ({
    from: seconds(at),
    text: plain(text.trim()),
  }));
}
