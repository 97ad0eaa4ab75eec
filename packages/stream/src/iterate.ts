/** Where values come from in batches. */
export interface BatchSource<T> {
  /** The next value that is there already. */
  take(): T | undefined;
  /** Waits for more; false when there will be no more. */
  fill(): Promise<boolean>;
  /** Called when nobody will ask any more: at the end, after an error, or when the loop is left. */
  close(): void;
}

/**
 * Iterates over values that arrive in batches. A value that is there already costs one resolved promise, where an
 * async generator would take three turns of the microtask queue.
 */
export function iterate<T extends object>(source: BatchSource<T>): AsyncIterableIterator<T, undefined> {
  let ended = false;
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  function end(): IteratorReturnResult<undefined> {
    ended = true;
    source.close();
    return { done: true, value: undefined };
  }

  async function wait(): Promise<IteratorResult<T, undefined>> {
    try {
      do {
        const value = ended ? undefined : source.take();
        if (value) return { done: false, value };
      } while (!ended && (await source.fill()));
      return end();
    } catch (error) {
      end();
      throw error;
    } finally {
      waiting--;
    }
  }

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      // Calls that overlap are answered in the order they were made.
      if (waiting === 0 && !ended) {
        try {
          const value = source.take();
          if (value) return Promise.resolve({ done: false, value });
        } catch (error) {
          const reason = error as Error;
          end();
          return Promise.reject(reason);
        }
      }
      waiting++;
      const result = last.then(wait, wait);
      last = result;
      return result;
    },
    return() {
      return Promise.resolve(end());
    },
  };
}
