/** No note is longer; to search megabytes of output for one could take minutes. */
const maxNoteLength = 200;

/** The output without the note that the runtime put behind it, and what the note says; undefined when there is none. */
export function withoutNote(
  output: string,
  note: RegExp,
): { readonly output: string; readonly note: RegExpExecArray } | undefined {
  const start = Math.max(0, output.length - maxNoteLength);
  const found = note.exec(output.slice(start));
  return found ? { output: output.slice(0, start + found.index).trimEnd(), note: found } : undefined;
}
