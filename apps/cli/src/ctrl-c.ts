/** Ctrl-C, and what it does at the moment. */
export class CtrlC {
  readonly #handlers: (() => void)[] = [];
  readonly #otherwise: () => void;

  /** @param otherwise What it does when nobody has taken it. */
  constructor(otherwise: () => void) {
    this.#otherwise = otherwise;
  }

  /** The key was pressed. */
  press(): void {
    (this.#handlers.at(-1) ?? this.#otherwise)();
  }

  /** Hands the next press to `handler`, until what is returned is disposed of. */
  take(handler: () => void): Disposable {
    // One object for each use, also of the same function.
    const entry = (): void => handler();
    this.#handlers.push(entry);
    return {
      [Symbol.dispose]: () => {
        const at = this.#handlers.indexOf(entry);
        if (at >= 0) this.#handlers.splice(at, 1);
      },
    };
  }
}
