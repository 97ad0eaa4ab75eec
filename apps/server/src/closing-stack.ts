/** What a step may take when nothing else is said. */
const defaultLimitMs = 3_000;

interface Step {
  readonly name: string;
  readonly close: () => unknown;
  readonly withinMs: number;
}

/**
 * Things that were opened and must be closed, the last one first. (`AsyncDisposableStack` is missing in Node 22, and waits
 * for ever.)
 */
export class ClosingStack {
  #steps: Step[] = [];
  #closing: Promise<void> | undefined;

  /** Will dispose of `resource`. */
  use<T extends AsyncDisposable | Disposable>(name: string, resource: T, withinMs = defaultLimitMs): T {
    const close = () =>
      Symbol.asyncDispose in resource ? resource[Symbol.asyncDispose]() : resource[Symbol.dispose]();
    this.defer(name, close, withinMs);
    return resource;
  }

  /** Will call `close`, and wait for what it promises, but no longer than `withinMs`. */
  defer(name: string, close: () => unknown, withinMs = defaultLimitMs): void {
    this.#steps.push({ name, close, withinMs });
  }

  /**
   * Closes everything, also when some of it fails or hangs. Safe to call again: it is done once.
   *
   * @throws the first error, also that a step did not end in its time.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#closeAll());
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const step of this.#steps.reverse()) {
      try {
        await closeWithin(step);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

async function closeWithin({ name, close, withinMs }: Step): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`Closing ${name} took longer than ${withinMs} ms`)), withinMs);
  try {
    await Promise.race([close(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
