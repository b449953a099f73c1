/** Colors and font that the playground gives to the elements. */
export interface Look {
  /** Whether the colors are set at all; otherwise the elements keep their own. */
  own: boolean;
  /** By custom property without dashes, as #rrggbb. */
  colors: { marker: string; "on-marker": string; paper: string; ink: string };
  /** A value of CSS's font-family; empty: the elements' own. */
  font: string;
}

/** Whether text on the color, #rrggbb, has to be dark. */
function isLight(color: string): boolean {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)) as [number, number, number];
  return 0.299 * r + 0.587 * g + 0.114 * b > 140;
}

/**
 * Declarations for the elements, by property. The scheme of the background decides for the colors that are not chosen.
 * A font that would leave its declaration is left out.
 */
export function propertiesOf({ own, colors, font }: Look): Record<string, string> {
  return {
    ...(own && {
      ...Object.fromEntries(Object.entries(colors).map(([name, value]) => [`--${name}`, value])),
      "color-scheme": isLight(colors.paper) ? "light" : "dark",
      background: "var(--paper)",
    }),
    ...(font.trim() && !/[;{}<>\\]/.test(font) && { "--text": font.trim() }),
  };
}
