/** In UTF-16 units. Pieces behind it are not kept, so that a stream without end needs no memory without end. */
const maxLength = 1024 * 1024;
/** Pieces that are joined at once: an engine keeps a text that was added up in a million steps as a million objects. */
const maxPieces = 1_000;

/** The agent's newest message: when the turn ends behind it, the final answer. */
export class Answer {
  #text = "";
  /** What comes behind the text. */
  #pieces: string[] = [];
  #length = 0;
  #complete = true;

  /** Undefined when there was no message. */
  get text(): string | undefined {
    this.#join();
    return this.#text === "" ? undefined : this.#text;
  }

  /** A whole message. */
  set(text: string): void {
    this.#text = text;
    this.#pieces = [];
    this.#length = text.length;
    this.#complete = true;
  }

  /** A piece of a message; the first one behind a whole message, or behind `close`, begins the next. */
  add(piece: string): void {
    if (this.#complete) this.set("");
    this.#complete = false;
    if (this.#length >= maxLength) return;
    this.#length += piece.length;
    this.#pieces.push(piece);
    if (this.#pieces.length >= maxPieces) this.#join();
  }

  /** Something else happened: later pieces belong to another message. */
  close(): void {
    this.#complete = true;
  }

  #join(): void {
    if (this.#pieces.length === 0) return;
    this.#text += this.#pieces.join("");
    this.#pieces = [];
  }
}
