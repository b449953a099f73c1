/** One tile of a storyboard's sprite sheet and the time it stands for. */
export interface Tile {
  from: number;
  to: number;
  x: number;
  y: number;
  w: number;
  h: number;
}

const seconds = (stamp: string): number => stamp.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);

/** Reads the WebVTT that names each tile's area as #xywh=x,y,w,h. */
export function parseStoryboard(vtt: string): Tile[] {
  const cue = /([\d:.]+)\s+-->\s+([\d:.]+)[^\n]*\n[^\n]*#xywh=(\d+),(\d+),(\d+),(\d+)/g;
  return [...vtt.replaceAll("\r\n", "\n").matchAll(cue)].map(([, from = "", to = "", ...area]) => {
    const [x = 0, y = 0, w = 0, h = 0] = area.map(Number);
    return { from: seconds(from), to: seconds(to), x, y, w, h };
  });
}

const kept = new Map<string, Promise<Tile[]>>();

/** Fetches and reads a storyboard once. The address is the bucket's, so the API's client has no part in it. */
export function storyboard(url: string): Promise<Tile[]> {
  const key = url.split("?", 1)[0] ?? url;
  let tiles = kept.get(key);
  if (!tiles) {
    tiles = fetch(url).then(async (r) => (r.ok ? parseStoryboard(await r.text()) : []));
    tiles.catch(() => kept.delete(key));
    kept.set(key, tiles);
  }
  return tiles;
}

/** A storyboard with its sheet of pictures, both there. */
export interface Sheet {
  tiles: Tile[];
  image: HTMLImageElement;
}

/** Loads both and hands them over, unless it was ended first; returns how to end it. Where one cannot be had nothing comes: every place does without. */
export function loadSheet(vtt: string, sprite: string, take: (sheet: Sheet) => void): () => void {
  let stale = false;
  const image = new Image();
  const loaded = new Promise((resolve, reject) => ([image.onload, image.onerror] = [resolve, reject]));
  image.src = sprite;
  Promise.all([storyboard(vtt), loaded]).then(
    ([tiles]) => stale || take({ tiles, image }),
    () => undefined,
  );
  return () => void (stale = true);
}

/** How large a sheet lies behind a tile of some height, and where, in CSS. */
export function behind({ image }: Sheet, tile: Tile, height: number): { size: string; at: string } {
  const scale = height / tile.h;
  return {
    size: `${image.naturalWidth * scale}px ${image.naturalHeight * scale}px`,
    at: `${-tile.x * scale}px ${-tile.y * scale}px`,
  };
}
