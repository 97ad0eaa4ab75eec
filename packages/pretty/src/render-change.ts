import { count } from "./count.ts";
import { firstText, isObject, toList, toObject, toText } from "./json-line.ts";
import type { JsonObject } from "./json-line.ts";
import { toPrintableLines } from "./printable.ts";
import { quote } from "./quote.ts";
import { paint, signIndent } from "./theme.ts";
import type { Theme } from "./theme.ts";
import type { ToolCall } from "./types.ts";

/** Places of one call that are shown. */
const maxEdits = 4;

/** Removed and added lines of an edit, where the call has them. */
export function renderChange({ kind, input }: ToolCall, theme: Theme): string[] {
  if (kind !== "edit") return [];
  const fields = toObject(input);
  const edits = Array.isArray(fields.edits) ? toList(fields.edits).filter(isObject) : [fields];
  const lines = edits.slice(0, maxEdits).flatMap((edit) => editLines(edit, theme));
  const patch = firstText(fields, ["patch", "diff"]) ?? diffsOf(fields);
  if (lines.length === 0 && patch !== "") {
    return quote(toPrintableLines(patch), theme, (line) =>
      line.startsWith("-") ? "red" : line.startsWith("+") ? "green" : "dim",
    );
  }
  if (edits.length > maxEdits) {
    lines.push(paint(theme, "dim", `${signIndent(theme)}│ … ${count(edits.length - maxEdits, "more edit")}`));
  }
  return lines;
}

/** Without the lines around the change: agents write them only to say where it is. */
function editLines(edit: JsonObject, theme: Theme): string[] {
  const before = linesOf(edit, ["old_string", "oldString", "old_str", "oldText"]);
  const after = linesOf(edit, ["new_string", "newString", "new_str", "newText"]);
  const shortest = Math.min(before.length, after.length);
  let [start, end] = [0, 0];
  while (start < shortest && before[start] === after[start]) start++;
  while (end < shortest - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const changed = (lines: readonly string[], mark: string) =>
    lines.slice(start, lines.length - end).map((line) => `${mark} ${line}`);
  return [...quote(changed(before, "-"), theme, () => "red"), ...quote(changed(after, "+"), theme, () => "green")];
}

/** Of a change that touches several files, as codex writes it. */
function diffsOf(fields: JsonObject): string {
  const diffs = toList(fields.changes).map((change) => toText(toObject(change).diff)?.trimEnd() ?? "");
  return diffs.filter((diff) => diff !== "").join("\n");
}

function linesOf(edit: JsonObject, names: readonly string[]): readonly string[] {
  const text = firstText(edit, names);
  return text === undefined ? [] : toPrintableLines(text);
}
