import { paint } from "./theme.ts";
import type { Theme } from "./theme.ts";

const fenceStart = /^ {0,3}(`{3,}|~{3,})(.*)$/;
const heading = /^ {0,3}#{1,6} /;
/** What a line needs to have a style. */
const marks = /[`~#*]/;
/** Each alternative ends at the next mark, so that a line of nothing but marks takes no longer than another. */
const inline = /`[^`]+`|\*\*[^\s*][^*]*\*\*/g;

/**
 * The lines of a Markdown text with its headings, bold words and code in styles. The marks stay: what is copied from the
 * terminal is what the agent wrote. Without colours, the lines are as they were.
 */
export function paintMarkdown(lines: string[], theme: Theme): string[] {
  if (!theme.color) return lines;
  let fence = "";
  return lines.map((line) => {
    if (fence === "" && !marks.test(line)) return line;
    const [, mark = "", info = ""] = fenceStart.exec(line) ?? [];
    if (fence !== "") {
      if (mark.startsWith(fence) && info.trim() === "") fence = "";
      return paint(theme, "dim", line);
    }
    // Code within a line may stand between three backticks too.
    if (mark !== "" && !info.includes("`")) {
      fence = mark;
      return paint(theme, "dim", line);
    }
    if (heading.test(line)) return paint(theme, "bold", line);
    return line.replace(inline, (text) => paint(theme, text.startsWith("`") ? "cyan" : "bold", text));
  });
}
