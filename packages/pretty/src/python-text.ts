// Where the lines of `ClaudeFormatter` depend on it, text and numbers are treated as Python does, not as JavaScript.

/** `str.isspace`: with U+001C to U+001F and U+0085, without U+FEFF. */
const space = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const spaces = new RegExp(`[${space}]+`, "g");
const oneSpace = new RegExp(`[${space}]`);
const notSpace = new RegExp(`[^${space}]`);
const lineBoundary = /\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]/;

/** `not text.strip()` */
export function isBlank(text: string): boolean {
  return !notSpace.test(text);
}

/** `text.strip()` */
export function strip(text: string): string {
  const start = text.search(notSpace);
  if (start < 0) return "";
  let end = text.length;
  while (oneSpace.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** `text.splitlines()` */
export function splitLines(text: string): string[] {
  const lines = text.split(lineBoundary);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** White space flattened to one line of at most so many code points, with `…` as the last one when it was longer. */
export function shorten(text: string, limit: number): string {
  const flat = strip(text).replace(spaces, " ");
  // No code point has more than two units.
  if (flat.length <= limit) return flat;
  const points = Array.from(flat.slice(0, 2 * limit + 2));
  return points.length <= limit ? flat : `${points.slice(0, limit - 1).join("")}…`;
}

/** `f"{value:.<digits>f}"`: exact halves go to the even digit. */
export function formatFixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return String(value).replace("Infinity", "inf").replace("NaN", "nan");
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}.${"0".repeat(digits)}`;
  const rounded = value.toFixed(digits);
  // All digits that a double can have at the magnitudes that occur.
  const exact = value.toFixed(100);
  const isHalf = /^50*$/.test(exact.slice(exact.indexOf(".") + 1 + digits));
  const isOdd = Number(rounded.at(-1)) % 2 === 1;
  // `toFixed` takes the larger of two equally near numbers, for negative ones the one farther from zero.
  return isHalf && isOdd ? exact.slice(0, exact.indexOf(".") + 1 + digits) : rounded;
}
