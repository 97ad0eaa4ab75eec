/** All but scripts and signs of which every character has one column: taking those apart would cost far more. */
const mayBeWide =
  /[^\x00-\u02ff\u0370-\u0482\u048a-\u0590\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\u20cf\u2500-\u259f]/;
const mark = /^[\p{M}\p{Cf}\u200b]+$/u;
const wide =
  /[\p{Emoji_Presentation}\ufe0f\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
const graphemes = new Intl.Segmenter();

/** How many columns a terminal needs for the text, which has no control characters. */
export function textWidth(text: string): number {
  if (!mayBeWide.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The text in at most so many columns, with `…` at its end when something is missing. Cuts between characters as people see them. */
export function cutText(text: string, columns: number): string {
  // No character has more than two columns.
  if (text.length * 2 <= columns || (text.length <= columns && !mayBeWide.test(text))) return text;
  // No text needs more than this to fill its columns; segmenting megabytes would take seconds.
  const start = text.slice(0, columns * 8 + 64);
  if (!mayBeWide.test(start)) return start.length <= columns ? start : `${start.slice(0, columns - 1)}…`;
  let width = 0;
  let end = 0;
  for (const { segment, index } of graphemes.segment(start)) {
    width += graphemeWidth(segment);
    if (width > columns) return `${text.slice(0, end)}…`;
    // Room for the `…`, should the next ones not fit.
    if (width < columns) end = index + segment.length;
  }
  return start.length < text.length ? `${text.slice(0, end)}…` : text;
}

function graphemeWidth(grapheme: string): number {
  if (wide.test(grapheme)) return 2;
  return mark.test(grapheme) ? 0 : 1;
}
