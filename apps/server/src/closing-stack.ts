/** Things that were opened and must be closed, the last one first. (`AsyncDisposableStack` is missing in Node 22.) */
export class ClosingStack {
  #closers: (() => unknown)[] = [];
  #closing: Promise<void> | undefined;

  /** Will dispose of `resource`. */
  use<T extends AsyncDisposable | Disposable>(resource: T): T {
    this.defer(() => (Symbol.asyncDispose in resource ? resource[Symbol.asyncDispose]() : resource[Symbol.dispose]()));
    return resource;
  }

  /** Will call `closer`, and wait for what it promises. */
  defer(closer: () => unknown): void {
    this.#closers.push(closer);
  }

  /**
   * Closes everything, also when some of it fails. Safe to call again: it is done once.
   *
   * @throws the first error.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#closeAll());
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const closer of this.#closers.reverse()) {
      try {
        await closer();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
