// The characters that some reader takes for the end of a line: those of the specification, and those of other languages.
const lineBreaks = /[\n\r\u0085\u2028\u2029]/;

/** What {@link encodeEvent} writes. */
export interface EncodableEvent {
  /** The event's number; readers resume after it. Leave it out for an event that is not in the log. */
  readonly id?: number;
  /** JSON on one line, see {@link escapeLineSeparators}. */
  readonly data: string;
}

/**
 * One event as a frame of a `text/event-stream`.
 *
 * @throws TypeError when `data` holds a line break, which would end it early, or `id` is no natural number
 */
export function encodeEvent({ id, data }: EncodableEvent): string {
  refuseLineBreaks(data);
  if (id === undefined) return `data: ${data}\n\n`;
  if (!Number.isSafeInteger(id) || id < 0)
    throw new TypeError(`The id of an event must be a natural number, not ${id}.`);
  return `id: ${id}\ndata: ${data}\n\n`;
}

/**
 * A comment, which readers skip: a heartbeat.
 *
 * @throws TypeError when `text` holds a line break
 */
export function encodeComment(text: string): string {
  refuseLineBreaks(text);
  return `: ${text}\n\n`;
}

/**
 * The same JSON without raw U+0085, U+2028 and U+2029, which are legal in its strings but which some readers (Python's
 * `splitlines` is one) take for the end of the line.
 */
export function escapeLineSeparators(json: string): string {
  return json.replace(
    /[\u0085\u2028\u2029]/g,
    (separator) => "\\u" + separator.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

function refuseLineBreaks(text: string): void {
  if (lineBreaks.test(text)) throw new TypeError("The text of a frame can't hold a line break.");
}
