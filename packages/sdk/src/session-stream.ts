import type { EventStream, StreamEvent } from "@aod/stream";
import { decodeEvent } from "./events.ts";
import type { SessionEvent } from "./events.ts";

/**
 * The events of one session, each once and in order. Connections that break are resumed without the loop noticing; a
 * stream from the start on is checked for completeness. Iterate it once; leaving the loop closes it.
 *
 * The loop throws the errors of the HTTP answer (4xx at once, others after reconnecting was given up), `StreamError`,
 * `StreamIntegrityError` when events are missing, twice or altered, and the reason of an aborted signal as it is.
 */
export class SessionStream implements AsyncIterable<SessionEvent>, AsyncDisposable {
  readonly #events: EventStream;
  readonly #open: Set<SessionStream>;

  /** @internal */
  constructor(events: EventStream, open: Set<SessionStream>) {
    this.#events = events;
    this.#open = open;
  }

  /** The id to go on from in a later `stream(id, { since })`; `null` before the first event that has one. */
  get lastEventId(): number | null {
    return this.#events.lastEventId;
  }

  /** True once the end was reached and the server's count and digest proved that nothing is missing. */
  get verified(): boolean {
    return this.#events.verified;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<SessionEvent, undefined> {
    const events = this.#events[Symbol.asyncIterator]();
    this.#open.add(this);
    const decode = (result: IteratorResult<StreamEvent, undefined>): IteratorResult<SessionEvent, undefined> => {
      if (result.done !== true) return { done: false, value: decodeEvent(result.value) };
      this.#open.delete(this);
      return { done: true, value: undefined };
    };
    const fail = (error: unknown): never => {
      this.#open.delete(this);
      throw error;
    };
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () => events.next().then(decode, fail),
      return: () => {
        this.close();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  /** Ends the stream and its connection; a loop that waits ends as if there were no more events. */
  close(): void {
    this.#events.close();
    this.#open.delete(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }
}
