// What an agent prints goes to somebody's terminal: it must not move the cursor, set the title, answer queries or hide text.

/** ECMA-48: control sequences, strings with their end (titles, links, device control), and two-character escapes. */
const sequences = [
  "(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]",
  "(?:\\x1b[\\]PX^_]|[\\x90\\x98\\x9d-\\x9f])[^\\x07\\x1b\\x9c\\n]*(?:\\x07|\\x1b\\\\|\\x9c)",
  "\\x1b[ -/]*[0-Z\\\\^-~]",
].join("|");
const escapeSequence = new RegExp(sequences, "g");
const startsWithSequence = new RegExp(`^(?:${sequences})`);

/** Also where Unicode sees the end of a line. */
const lineBreak = /\r\n?|[\v\f\x85\u2028\u2029]/g;
// Marks that change the direction of the text behind them: they can make a line read as another one than it is.
const direction = /[\u202a-\u202e\u2066-\u2069]/g;

const control = /[\x00-\x08\x0e-\x1f\x7f-\x9f]/g;

const suspicious = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;

const endsInHalf = /[\r\ud800-\udbff]$/;
const mayBeCut = /[\x1b\x9b\x9d]|[\r\ud800-\udbff]$/;

/** The longest start of an escape sequence that is waited for. */
const maxHeld = 256;

/**
 * The text as it is safe to print: without escape sequences, other control characters as pictures (`␀`), lone
 * surrogates as U+FFFD, and each kind of line break as `\n`. Tabs stay.
 */
export function toPrintable(text: string): string {
  if (!suspicious.test(text)) return text.isWellFormed() ? text : text.toWellFormed();
  return text
    .toWellFormed()
    .replace(escapeSequence, "")
    .replace(lineBreak, "\n")
    .replace(direction, "")
    .replace(control, (character) => {
      const code = character.charCodeAt(0);
      if (code >= 0x80) return "\u{fffd}";
      return code === 0x7f ? "\u2421" : String.fromCharCode(0x2400 + code);
    });
}

/** Lines that are safe to print. What a lone `\r` lets the next text write over, such as a progress bar, is left out. */
export function toPrintableLines(text: string): string[] {
  const lines = text.split("\n");
  // Most outputs need nothing, and a line costs far more to look at than a character.
  if (!text.includes("\t") && toPrintable(text) === text) return withoutEmptyEnd(lines);
  return withoutEmptyEnd(lines.map(withoutOverwritten)).flatMap((line) =>
    toPrintable(line).replaceAll("\t", "    ").split("\n"),
  );
}

function withoutEmptyEnd(lines: string[]): string[] {
  while (lines.length > 1 && lines.at(-1) === "") lines.pop();
  return lines;
}

function withoutOverwritten(line: string): string {
  let end = line.length;
  while (line.charCodeAt(end - 1) === 0x0d) end--;
  return line.slice(line.lastIndexOf("\r", end - 1) + 1, end);
}

// What most texts have none of: other characters than those that need no look, and spaces that flatten takes out.
const notOneLine = /[^\x20-\x7e\xa1-\u02ff\u2010-\u2027\u2030-\u205e]|^ | (?: |$)/;

/** The text on one line, safe to print: runs of white space as one space. */
export function toPrintableLine(text: string): string {
  return notOneLine.test(text) ? flatten(toPrintable(text)) : text;
}

/** Runs of white space as one space. */
export function flatten(text: string): string {
  // Single spaces, which are most, are not touched: replacing them by themselves would cost ten times as much.
  return text.replace(/\s{2,}|[^\S ]/g, " ").trim();
}

/** The text without blank lines before it. */
export function withoutBlankStart(text: string): string {
  return text.charCodeAt(0) > 0x20 ? text : text.replace(/^(?:[^\S\n]*\n)+/, "");
}

/** How much of the text, at its end, may be half a character, escape sequence or line break that goes on in the next piece. */
export function heldLength(text: string): number {
  if (!mayBeCut.test(text)) return 0;
  return sequenceLength(text) || (endsInHalf.test(text) ? 1 : 0);
}

function sequenceLength(text: string): number {
  const start = Math.max(text.lastIndexOf("\x1b"), text.lastIndexOf("\x9b"), text.lastIndexOf("\x9d"));
  if (start < 0 || text.length - start > maxHeld || text.includes("\n", start)) return 0;
  // The end of a string, `ESC \`, may itself be cut.
  const before = text.slice(start) === "\x1b" ? text.lastIndexOf("\x1b", start - 1) : -1;
  const from =
    before >= 0 && text.length - before <= maxHeld && /^\x1b[\]PX^_]/.test(text.slice(before)) ? before : start;
  return startsWithSequence.test(text.slice(from)) ? 0 : text.length - from;
}
