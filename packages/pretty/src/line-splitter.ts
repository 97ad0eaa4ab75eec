/** A longer line is cut there, in UTF-16 units, so that memory has a bound. The longest line of a real agent had 0.6 million. */
const defaultMaxLength = 64 * 1024 * 1024;

const lineFeed = 0x0a;
/**
 * Bytes are decoded in blocks of whole lines of at least so many. One character beyond ASCII makes an engine decode what
 * is behind it far slower, and one beyond Latin-1 makes it keep the whole text in two bytes each, and all that is cut
 * from it: parsing is slower then.
 */
const blockBytes = 16 * 1024;

// Whole pieces only, so that all splitters can share it: it is several times as fast as with `stream: true`.
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Cuts bytes or text into lines: at `\n` only, because agents print U+2028 and lone `\r` inside of lines. A `\r` before
 * the `\n` belongs to the line break. A line costs time in proportion to its length, however many pieces it comes in.
 */
export class LineSplitter {
  readonly #maxLength: number;
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
    const lines: string[] = [];
    if (typeof chunk === "string") this.#writeText(this.#flushBytes() + chunk, lines);
    else this.#writeBytes(chunk, lines);
    return lines;
  }

  /** Returns the line that was not ended, if there is one. Half a character in it becomes U+FFFD. */
  end(): string[] {
    const lines: string[] = [];
    this.#append(this.#flushBytes(), lines);
    if (this.#length > 0) lines.push(this.#take());
    return lines;
  }

  #writeText(text: string, lines: string[]): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      this.#endLine(text.slice(start, end), lines);
      start = end + 1;
    }
    if (start < text.length) this.#append(text.slice(start), lines);
  }

  #writeBytes(chunk: Uint8Array, lines: string[]): void {
    let bytes = chunk;
    if (this.#bytes.length > 0) {
      bytes = new Uint8Array(this.#bytes.length + chunk.length);
      bytes.set(this.#bytes);
      bytes.set(chunk, this.#bytes.length);
    }
    const end = bytes.length - incompleteLength(bytes);
    this.#bytes = bytes.slice(end);
    for (let start = 0; start < end;) {
      const next = bytes.indexOf(lineFeed, start + blockBytes) + 1 || end;
      this.#writeText(utf8.decode(bytes.subarray(start, next)), lines);
      start = next;
    }
  }

  #flushBytes(): string {
    if (this.#bytes.length === 0) return "";
    const text = utf8.decode(this.#bytes);
    this.#bytes = new Uint8Array();
    return text;
  }

  #endLine(piece: string, lines: string[]): void {
    if (this.#length === 0 && piece.length <= this.#maxLength) {
      lines.push(withoutReturn(piece));
      return;
    }
    this.#append(piece, lines);
    lines.push(withoutReturn(this.#take()));
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
  return line.charCodeAt(line.length - 1) === 0x0d ? line.slice(0, -1) : line;
}
