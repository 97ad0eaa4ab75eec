const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const wide =
  /^(?:\p{Emoji_Presentation}|\p{Regional_Indicator}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])/u;
// Terminal control characters, C0 and C1. Names and prompts come from elsewhere and must not drive the terminal.
const control = /[\u0000-\u001f\u007f-\u009f]+/g;

function graphemeWidth(grapheme: string): number {
  return wide.test(grapheme) || grapheme.includes("\ufe0f") ? 2 : 1;
}

/** Columns a text takes on a terminal; the text has no escape sequences. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** One printable line: control characters and line breaks become single spaces. */
export function toLine(text: string): string {
  return text.replace(control, " ").trim();
}

/** Cuts to at most `width` columns, with `…` as the last one when something was cut. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const next = graphemeWidth(segment);
    if (used + next > width - 1) break;
    kept += segment;
    used += next;
  }
  return `${kept}…`;
}
