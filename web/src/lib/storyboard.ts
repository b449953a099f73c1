/** One tile of a storyboard's sprite sheet and its time range in seconds. */
export interface Tile {
  from: number;
  to: number;
  x: number;
  y: number;
  w: number;
  h: number;
}

const seconds = (stamp: string): number => stamp.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);

/** Parses the WebVTT that gives each tile's area as #xywh=x,y,w,h. */
export function parseStoryboard(vtt: string): Tile[] {
  const cue = /([\d:.]+)\s+-->\s+([\d:.]+)[^\n]*\n[^\n]*#xywh=(\d+),(\d+),(\d+),(\d+)/g;
  return [...vtt.replaceAll("\r\n", "\n").matchAll(cue)].map(([, from = "", to = "", ...area]) => {
    const [x = 0, y = 0, w = 0, h = 0] = area.map(Number);
    return { from: seconds(from), to: seconds(to), x, y, w, h };
  });
}

const cache = new Map<string, Promise<Tile[]>>();

/** Fetches and parses a storyboard once. The URL is the bucket's, so the API client is not used. */
export function storyboard(url: string): Promise<Tile[]> {
  const key = url.split("?", 1)[0] ?? url;
  let tiles = cache.get(key);
  if (!tiles) {
    tiles = fetch(url).then(async (r) => (r.ok ? parseStoryboard(await r.text()) : []));
    tiles.catch(() => cache.delete(key));
    cache.set(key, tiles);
  }
  return tiles;
}

/** A storyboard with its loaded sprite sheet. */
export interface Sheet {
  tiles: Tile[];
  image: HTMLImageElement;
}

/**
 * Loads tiles and sprite sheet and passes them to `accept`, unless the returned
 * function is called first. If either fails `accept` is never called; callers
 * work without a storyboard.
 */
export function loadSheet(vtt: string, sprite: string, accept: (sheet: Sheet) => void): () => void {
  let stale = false;
  const image = new Image();
  const loaded = new Promise((resolve, reject) => ([image.onload, image.onerror] = [resolve, reject]));
  image.src = sprite;
  Promise.all([storyboard(vtt), loaded]).then(
    ([tiles]) => stale || accept({ tiles, image }),
    () => undefined,
  );
  return () => void (stale = true);
}

/** CSS background size and position that show one tile of the sheet at a height in pixels. */
export function tileBackground({ image }: Sheet, tile: Tile, height: number): { size: string; at: string } {
  const scale = height / tile.h;
  return {
    size: `${image.naturalWidth * scale}px ${image.naturalHeight * scale}px`,
    at: `${-tile.x * scale}px ${-tile.y * scale}px`,
  };
}
