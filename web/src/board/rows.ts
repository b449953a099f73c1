// How stories fill rows of equal columns, and which of them an arrow key leads to.

/** A story's place in the grid; `column` counts from 0. */
export interface Cell {
  index: number;
  column: number;
  span: number;
}

/**
 * Fills rows of `columns` columns in the given order. Each story takes as many columns as its span, and no more than
 * there are; a row ends early where the next story does not fit.
 */
export function packRows(spans: readonly number[], columns: number): Cell[][] {
  const rows: Cell[][] = [];
  let free = 0;
  spans.forEach((wanted, index) => {
    const span = Math.min(wanted, columns);
    if (span > free) {
      rows.push([]);
      free = columns;
    }
    rows.at(-1)!.push({ index, column: columns - free, span });
    free -= span;
  });
  return rows;
}

/** The number of the row that holds story `index`, or -1. */
export function rowOf(rows: readonly Cell[][], index: number): number {
  let [low, high] = [0, rows.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const row = rows[middle]!;
    if (index < row[0]!.index) high = middle - 1;
    else if (index > row.at(-1)!.index) low = middle + 1;
    else return middle;
  }
  return -1;
}

/** The story that `key` leads to from story `index`; the same one where there is none. */
export function step(rows: readonly Cell[][], index: number, key: string): number | undefined {
  const last = rows.at(-1)?.at(-1)?.index ?? 0;
  const clamp = (n: number) => Math.max(0, Math.min(last, n));
  switch (key) {
    case "ArrowLeft":
    case "k":
      return clamp(index - 1);
    case "ArrowRight":
    case "j":
      return clamp(index + 1);
    case "Home":
      return 0;
    case "End":
      return last;
  }
  const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -3, PageDown: 3 }[key];
  if (by === undefined) return undefined;
  const at = rowOf(rows, index);
  const to = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
  if (at < 0 || !to) return index;
  const middle = (c: Cell) => c.column + c.span / 2;
  const from = middle(rows[at]!.find((c) => c.index === index)!);
  return to.reduce((best, c) => (Math.abs(middle(c) - from) < Math.abs(middle(best) - from) ? c : best)).index;
}
