// Contrast of an accent as the service computes it (WCAG 2.2), to show it before it is saved.

/** `--paper` of the pages in both themes. */
export const paper = { light: "#f8f7f1", dark: "#151410" } as const;
/** What the service asks of an accent on its page. */
export const needed = 3;

export const isColor = (value: string): boolean => /^#[0-9a-f]{6}$/i.test(value);

const parts = (color: string) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));

function luminance(color: string): number {
  const [r, g, b] = parts(color).map((value) => {
    const x = value / 255;
    return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Ratio of two colors, each #rrggbb: 1…21. */
export function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** Two decimals, cut and not rounded, so that what is too little never reads as enough. */
export const ratioText = (ratio: number): string => (Math.floor(ratio * 100) / 100).toFixed(2);

/** Black or white, whichever is better read on the color. */
export const textOn = (color: string): string =>
  contrast(color, "#000000") >= contrast(color, "#ffffff") ? "#000000" : "#ffffff";

/** The accent of dark pages, where none is chosen: with as many percent of white as it needs. */
export function derivedDark(accent: string): string {
  let mixed = accent.toLowerCase();
  for (let white = 1; white <= 100 && contrast(mixed, paper.dark) < needed; white++)
    mixed = `#${parts(accent)
      .map((v) => (v + Math.floor(((255 - v) * white) / 100)).toString(16).padStart(2, "0"))
      .join("")}`;
  return mixed;
}
