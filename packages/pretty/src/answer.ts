/** In UTF-16 units. Pieces behind it are not kept, so that a stream without end needs no memory without end. */
const maxLength = 1024 * 1024;

/** The agent's newest message: when the turn ends behind it, the final answer. */
export class Answer {
  #text = "";
  #complete = true;

  /** Undefined when there was no message. */
  get text(): string | undefined {
    return this.#text === "" ? undefined : this.#text;
  }

  /** A whole message. */
  set(text: string): void {
    this.#text = text;
    this.#complete = true;
  }

  /** A piece of a message; the first one behind a whole message, or behind `close`, begins the next. */
  add(piece: string): void {
    if (this.#complete) this.set("");
    this.#complete = false;
    if (this.#text.length < maxLength) this.#text += piece;
  }

  /** Something else happened: later pieces belong to another message. */
  close(): void {
    this.#complete = true;
  }
}
