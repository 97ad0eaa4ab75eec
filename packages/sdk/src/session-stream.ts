import type { SessionEvent } from "./events.ts";

/**
 * The events of one session, each once and in order. Connections that break are resumed without the loop noticing; a
 * stream from the start on is checked for completeness. Iterate it once; leaving the loop closes it.
 *
 * The loop throws the errors of the HTTP answer (4xx at once, others after reconnecting was given up), `StreamError`,
 * `StreamIntegrityError` when events are missing, twice or altered, and the reason of an aborted signal as it is.
 */
export interface SessionStream extends AsyncIterable<SessionEvent>, AsyncDisposable {
  /** The id to go on from in a later `stream(id, { since })`; `null` before the first event that has one. */
  readonly lastEventId: number | null;
  /** True once the end was reached and the server's count and digest proved that nothing is missing. */
  readonly verified: boolean;
  /**
   * Begins to read. Leaving the loop, or a scope of `await using`, closes the stream.
   *
   * @throws StreamError with the code `stream_failed` for a stream that was iterated or closed already
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<SessionEvent, undefined> & AsyncDisposable;
  /** Ends the stream and its connection; a loop that waits ends as if there were no more events. */
  close(): void;
}
