/**
 * Runs work of one name after the other, in the order it came; work of different names runs at once. Waiting here costs
 * nothing, while waiting for a lock of the database holds one of its connections.
 */
export class OneAtATime {
  readonly #last = new Map<string, Promise<unknown>>();

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.#last.get(name) ?? Promise.resolve()).then(work);
    const settled = mine.catch(() => undefined);
    this.#last.set(name, settled);
    try {
      return await mine;
    } finally {
      if (this.#last.get(name) === settled) this.#last.delete(name);
    }
  }

  /** How many names have work that waits or runs. */
  get size(): number {
    return this.#last.size;
  }
}
