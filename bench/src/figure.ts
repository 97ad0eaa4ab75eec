/** One line of a benchmark's result; its keys are those of `--json`. */
export interface Figure {
  readonly bench: string;
  /** What was measured, with its unit. */
  readonly metric: string;
  readonly ours: number;
  /** The same of the alternative, measured in the same run; null where there is none. */
  readonly theirs: number | null;
  /** The alternative. */
  readonly peer: string;
  /** ours / theirs */
  readonly ratio: number | null;
  readonly aim: string | null;
  /** Whether the aim was reached; null when there is none. */
  readonly holds: boolean | null;
}

/** What was measured, and what it should be: `ours` itself, the `ratio` ours / theirs, or the `difference` ours - theirs. */
export interface Measurement {
  readonly bench: string;
  readonly metric: string;
  readonly ours: number;
  readonly theirs?: number;
  readonly peer?: string;
  readonly aim?:
    | { readonly of: "ours" | "ratio" | "difference"; readonly atLeast: number }
    | { readonly of: "ours" | "ratio" | "difference"; readonly atMost: number };
}

/** The line of a measurement. */
export function toFigure({ bench, metric, ours, theirs, peer, aim }: Measurement): Figure {
  const ratio = theirs === undefined ? null : ours / theirs;
  const line = {
    bench,
    metric,
    ours: round(ours),
    theirs: theirs === undefined ? null : round(theirs),
    peer: peer ?? "",
  };
  if (aim === undefined) return { ...line, ratio: ratio && round(ratio), aim: null, holds: null };
  const value = { ours, ratio: ratio ?? NaN, difference: ours - (theirs ?? NaN) }[aim.of];
  const holds = "atLeast" in aim ? value >= aim.atLeast : value <= aim.atMost;
  const limit = "atLeast" in aim ? `>= ${aim.atLeast}` : `<= ${aim.atMost}`;
  return { ...line, ratio: ratio && round(ratio), aim: `${aim.of} ${limit}`, holds };
}

/** The middle one of the values, of an even number the lower of the two. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The smallest of the values that at least `percent` % of them do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? NaN;
}

/** Figures as a table for people. */
export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.bench,
    figure.metric,
    format(figure.ours),
    figure.theirs === null ? "" : format(figure.theirs),
    figure.peer,
    figure.ratio === null ? "" : figure.ratio.toFixed(2),
    figure.aim ?? "",
    figure.holds === null ? "" : figure.holds ? "holds" : "MISSED",
  ]);
  const table = [["bench", "metric", "ours", "theirs", "peer", "ratio", "aim", ""], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  // Numbers stand at the right of their column.
  const cell = (text: string, column: number) =>
    [2, 3, 5].includes(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return table.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}

function format(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 2 : 0 });
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}
