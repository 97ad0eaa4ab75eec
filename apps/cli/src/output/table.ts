import type { Theme } from "./theme.ts";
import { displayWidth, toLine, truncate } from "./text.ts";

/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  /** Applied after padding, so that escape sequences do not count as width. */
  readonly style?: (text: string, row: Row) => string;
}

/** The terminal that a table is for. */
export interface TableOptions {
  readonly theme: Theme;
  /** Columns; the last column is cut to fit, then the widest of the others. `Infinity` where output is not a terminal. */
  readonly width: number;
}

/** With the clock, for ages. */
export interface AgedTableOptions extends TableOptions {
  readonly now: Date;
}

const gap = "  ";

/** Rows as aligned columns under a title line. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { theme, width }: TableOptions,
): string {
  const cells = rows.map((row) => columns.map((column) => toLine(column.value(row))));
  const widths = shrink(
    columns.map((column, index) =>
      Math.max(displayWidth(column.title), ...cells.map((line) => displayWidth(line[index] ?? ""))),
    ),
    width,
  );
  const last = columns.length - 1;
  const before = widths.slice(0, last).reduce((sum, each) => sum + each + gap.length, 0);
  const room = Math.max(1, width - before);

  const fit = (text: string, index: number): string =>
    index === last ? truncate(text, room) : pad(truncate(text, widths[index] ?? 0), widths[index] ?? 0);

  const title = theme.dim(columns.map((column, index) => fit(column.title, index)).join(gap));
  const lines = rows.map((row, at) =>
    columns
      .map((column, index) => {
        const text = fit(cells[at]?.[index] ?? "", index);
        return column.style ? column.style(text, row) : text;
      })
      .join(gap)
      .trimEnd(),
  );
  return [title, ...lines].join("\n") + "\n";
}

// Of an id, this is enough to name it by.
const narrowest = 8;

/** Takes from the widest columns what the terminal has not; the last column is cut in any case. */
function shrink(widths: readonly number[], width: number): number[] {
  const fitting = [...widths];
  const lastShown = Math.min(fitting.at(-1) ?? 0, narrowest);
  for (;;) {
    const used = fitting.slice(0, -1).reduce((sum, each) => sum + each + gap.length, lastShown);
    const widest = Math.max(...fitting.slice(0, -1));
    if (used <= width || !(widest > narrowest)) return fitting;
    fitting[fitting.indexOf(widest)] = Math.max(narrowest, widest - (used - width));
  }
}

function pad(text: string, width: number): string {
  return text + " ".repeat(width - displayWidth(text));
}

/** Name and value pairs, one a line, names aligned; entries without a value are left out. */
export function renderFields(fields: readonly (readonly [string, string | null | undefined])[], theme: Theme): string {
  const shown = fields.filter((field): field is readonly [string, string] => typeof field[1] === "string");
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${theme.dim(name.padEnd(width))}  ${toLine(value)}\n`).join("");
}
