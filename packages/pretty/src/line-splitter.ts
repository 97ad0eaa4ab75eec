/** A longer line is cut there, in UTF-16 units, so that memory has a bound. The longest line of a real agent had 0.6 million. */
const defaultMaxLength = 64 * 1024 * 1024;

/**
 * Cuts bytes or text into lines: at `\n` only, because agents print U+2028 and lone `\r` inside of lines. A `\r` before
 * the `\n` belongs to the line break. A line costs time in proportion to its length, however many pieces it comes in.
 */
export class LineSplitter {
  readonly #maxLength: number;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** The first bytes of a character whose others have not come yet: at most three. */
  #bytes = new Uint8Array();
  /** The pieces of the line that has no end yet, joined only when it has. */
  #pieces: string[] = [];
  #length = 0;

  constructor({ maxLength = defaultMaxLength }: { readonly maxLength?: number } = {}) {
    this.#maxLength = maxLength;
  }

  /** Returns the lines that this piece ends. */
  write(chunk: Uint8Array | string): string[] {
    const text = typeof chunk === "string" ? this.#flushBytes() + chunk : this.#decode(chunk);
    const lines: string[] = [];
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      this.#append(text.slice(start, end), lines);
      lines.push(withoutReturn(this.#take()));
      start = end + 1;
    }
    if (start < text.length) this.#append(text.slice(start), lines);
    return lines;
  }

  /** Returns the line that was not ended, if there is one. Half a character in it becomes U+FFFD. */
  end(): string[] {
    const lines: string[] = [];
    this.#append(this.#flushBytes(), lines);
    if (this.#length > 0) lines.push(this.#take());
    return lines;
  }

  // Not the decoder's `stream: true`: whole pieces are decoded several times as fast.
  #decode(chunk: Uint8Array): string {
    let bytes = chunk;
    if (this.#bytes.length > 0) {
      bytes = new Uint8Array(this.#bytes.length + chunk.length);
      bytes.set(this.#bytes);
      bytes.set(chunk, this.#bytes.length);
    }
    const end = bytes.length - incompleteLength(bytes);
    this.#bytes = bytes.slice(end);
    return this.#decoder.decode(bytes.subarray(0, end));
  }

  #flushBytes(): string {
    if (this.#bytes.length === 0) return "";
    const text = this.#decoder.decode(this.#bytes);
    this.#bytes = new Uint8Array();
    return text;
  }

  #append(piece: string, lines: string[]): void {
    let rest = piece;
    while (this.#length + rest.length > this.#maxLength) {
      const room = this.#maxLength - this.#length;
      this.#pieces.push(rest.slice(0, room));
      lines.push(this.#take());
      rest = rest.slice(room);
    }
    if (rest.length === 0) return;
    this.#pieces.push(rest);
    this.#length += rest.length;
  }

  #take(): string {
    const line = this.#pieces.length === 1 ? (this.#pieces[0] ?? "") : this.#pieces.join("");
    this.#pieces = [];
    this.#length = 0;
    return line;
  }
}

/** How many bytes at the end are the start of a character that goes on behind them. */
function incompleteLength(bytes: Uint8Array): number {
  for (let length = 1; length <= 3 && length <= bytes.length; length++) {
    const byte = bytes[bytes.length - length] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const needed = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return needed > length ? length : 0;
  }
  return 0;
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
