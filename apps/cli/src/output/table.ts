import type { Theme } from "./theme.ts";
import { displayWidth, toLine, truncate } from "./text.ts";

/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  /** Applied after padding, so that escape sequences do not count as width. */
  readonly style?: (text: string, row: Row) => string;
}

const gap = "  ";

/**
 * Rows as aligned columns under a title line.
 *
 * @param width Columns of the terminal; the last column is cut to fit. `Infinity` where output is not a terminal.
 */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { theme, width }: { theme: Theme; width: number },
): string {
  const cells = rows.map((row) => columns.map((column) => toLine(column.value(row))));
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...cells.map((line) => displayWidth(line[index] ?? ""))),
  );
  const last = columns.length - 1;
  const before = widths.slice(0, last).reduce((sum, each) => sum + each + gap.length, 0);
  const room = Math.max(8, width - before);

  const fit = (text: string, index: number): string =>
    index === last ? truncate(text, room) : text + " ".repeat((widths[index] ?? 0) - displayWidth(text));

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

/** Name and value pairs, one a line, names aligned; entries without a value are left out. */
export function renderFields(fields: readonly (readonly [string, string | null | undefined])[], theme: Theme): string {
  const shown = fields.filter((field): field is readonly [string, string] => typeof field[1] === "string");
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${theme.dim(name.padEnd(width))}  ${toLine(value)}\n`).join("");
}
