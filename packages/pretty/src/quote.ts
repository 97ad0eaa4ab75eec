import { count } from "./count.ts";
import { cutText } from "./text-width.ts";
import { paint, signIndent } from "./theme.ts";
import type { Style, Theme } from "./theme.ts";

/** Lines of an output or a change that are shown; of a longer one, one fewer and how many there are. */
const maxLines = 6;

/** The first lines behind a bar, and how many more there are. */
export function quote(lines: readonly string[], theme: Theme, style: (line: string) => Style = () => "dim"): string[] {
  const start = `${signIndent(theme)}│`;
  const bar = paint(theme, "dim", start);
  const shown = lines.length > maxLines ? lines.slice(0, maxLines - 1) : lines;
  const quoted = shown.map((line) => {
    const text = cutText(line.trimEnd(), theme.width - start.length - 1);
    return text === "" ? bar : `${bar} ${paint(theme, style(line), text)}`;
  });
  if (shown.length < lines.length) {
    quoted.push(paint(theme, "dim", `${start} … ${count(lines.length - shown.length, "more line")}`));
  }
  return quoted;
}
