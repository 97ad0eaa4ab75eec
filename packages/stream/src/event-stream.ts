import type { TerminalEventType } from "@aod/core";
import { AodError } from "@aod/core/errors";
import { StreamError, StreamIntegrityError } from "./errors.ts";
import { EventReader } from "./event-reader.ts";
import { iterate } from "./iterate.ts";
import type { EventIterator } from "./iterate.ts";
import type { SseFrame } from "./parse.ts";
import { StreamProof } from "./stream-proof.ts";
import type { Clock, EventStreamOptions, StreamEvent } from "./types.ts";

// Not imported: the list in @aod/core stands beside its schemas.
const terminalTypes: readonly (string | null)[] = [
  "exit",
  "error",
  "terminated",
  "stale",
] satisfies TerminalEventType[];

const realTime: Clock = {
  now: () => performance.now(),
  // Timers take 31 bits; `Infinity` would fire at once.
  setTimeout: (callback, ms) => setTimeout(callback, Math.min(ms, 2 ** 31 - 1)),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};

/**
 * The events of one session, each once and in order, across as many connections as it takes: a connection that breaks,
 * falls silent or ends without a terminal event is replaced by one that goes on after the last `id:` line.
 *
 * A stream from the first event on is compared with the count and digest of its terminal event.
 *
 * ```ts
 * await using stream = new EventStream({ open: (lastEventId, signal) => fetch(url(lastEventId), { signal }) });
 * for await (const event of stream) if (event.type === "output") console.log(event.data);
 * ```
 *
 * The loop throws `StreamError` when reconnecting has been given up or the answer is no event stream,
 * `StreamIntegrityError` when the stream is not the recorded one, what `open` threw if that was an `AodError`, and the
 * reason of an aborted signal as it is.
 */
export class EventStream<T extends object = StreamEvent> implements AsyncIterable<T>, AsyncDisposable {
  readonly #options: EventStreamOptions<T>;
  readonly #clock: Clock;
  readonly #proof: StreamProof | undefined;
  #iterator: EventIterator<T> | undefined;
  #closed = false;
  #verified = false;
  #lastEventId: number | null;
  /** The place in the current connection, which may begin before `#lastEventId` where a server repeats events. */
  #position = -1;
  #started = false;
  #turn = 0;
  #retries = 0;
  #connectedAt = 0;
  #reader: EventReader | undefined;
  #connection: AbortController | undefined;
  #watchdog: unknown;
  #waitingSince = Infinity;
  #silence: StreamError | undefined;
  #wake: (() => void) | undefined;

  /** Connects when it is iterated, not before. */
  constructor(options: EventStreamOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? realTime;
    this.#lastEventId = options.since ?? null;
    if (!options.since) this.#proof = new StreamProof();
  }

  /** The id that the stream would be resumed from: of the last event delivered that had an `id:` line. */
  get lastEventId(): number | null {
    return this.#lastEventId;
  }

  /** True once the terminal event was delivered and its count and digest are those of the events before it. */
  get verified(): boolean {
    return this.#verified;
  }

  /**
   * Begins to read. Leaving the loop closes the stream.
   *
   * @throws StreamError with the code `stream_failed` for a stream that was iterated or closed already
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> & AsyncDisposable {
    if (this.#iterator) throw new StreamError("stream_failed", "This EventStream was iterated or closed already.");
    return this.#begin();
  }

  /** Ends the stream: the connection is given up, a loop that waits ends as if there were no more events. */
  close(): void {
    void (this.#iterator ?? this.#begin()).return();
  }

  /** The same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #begin(): EventIterator<T> {
    const close = (): void => {
      this.#closed = true;
      this.#disconnect();
      this.#options.onClose?.();
    };
    const source = { take: () => this.#take(), fill: () => this.#fill(), close };
    return (this.#iterator = iterate(source, this.#options.signal));
  }

  #take(): T | undefined {
    const { decode } = this.#options;
    const reader = this.#reader;
    if (!reader) return undefined;
    for (let event: StreamEvent | undefined; (event = reader.take());) {
      const frame = reader.frame as SseFrame;
      if (event.type === "output" ? this.#advance(frame) : this.#accept(frame, event)) {
        return decode ? decode(event) : (event as T);
      }
    }
    return undefined;
  }

  /** False for what is not to be delivered. */
  #accept(frame: SseFrame, event: StreamEvent): boolean {
    const type = event.type === "unknown" ? event.rawType : event.type;
    if (terminalTypes.includes(type)) {
      // The server ends the connection now.
      if (type === "stale" && this.#options.resumeStale) return false;
      const id = idOf(frame);
      if (id < (this.#lastEventId ?? 0)) {
        throw new StreamIntegrityError(`The stream ended with the event ${id}: it has none${this.#place()}.`);
      }
      this.#verified = this.#proof?.verify(event as { count?: unknown; digest?: unknown }) ?? false;
      if (id) this.#lastEventId = id;
      this.close();
      return true;
    }
    if (event.type === "start") {
      const first = !this.#started;
      this.#started = true;
      return first;
    }
    if (event.type === "turn_start") {
      const first = event.turn > this.#turn;
      this.#turn = event.turn;
      return first;
    }
    return this.#advance(frame);
  }

  /** Moves the place in the stream on to a logged event; false for one that has been delivered before. */
  #advance(frame: SseFrame): boolean {
    const id = idOf(frame);
    if (Number.isNaN(id)) return true;
    if (id <= this.#position) {
      throw new StreamIntegrityError(`The event ${id} came after the event ${this.#position}.`);
    }
    this.#position = id;
    if (id <= (this.#lastEventId ?? -1)) return false;
    this.#lastEventId = id;
    this.#retries = 0;
    this.#proof?.add(frame.data);
    return true;
  }

  async #fill(): Promise<boolean> {
    try {
      // Silence counts only while somebody waits: a slow reader is not a dead connection.
      this.#waitingSince = this.#clock.now();
      this.#reader ??= await this.#connect();
      if (await this.#reader.fill()) return true;
      if (this.#options.follow === false) return false;
      throw new StreamError("connection_failed", `The connection ended before a terminal event${this.#place()}.`);
    } catch (error) {
      if (!this.#closed) await this.#backOff(this.#silence ?? error);
    } finally {
      this.#waitingSince = Infinity;
    }
    return !this.#closed;
  }

  async #connect(): Promise<EventReader> {
    const connection = new AbortController();
    this.#connection = connection;
    this.#connectedAt = this.#clock.now();
    this.#position = -1;
    this.#silence = undefined;
    this.#watch(this.#options.heartbeatTimeoutMs ?? 45_000);
    // Also an `open` that does not listen to its signal must not hold the stream up.
    return Promise.race([
      this.#open(connection.signal),
      new Promise<never>((_, reject) => connection.signal.addEventListener("abort", reject)),
    ]);
  }

  async #open(signal: AbortSignal): Promise<EventReader> {
    const { ok, status, headers, body } = await this.#options.open(this.#lastEventId, signal);
    const contentType = headers.get("content-type") ?? "";
    if (ok && body && contentType.includes("text/event-stream")) {
      const reader = new EventReader(body, this.#options.maxEventLength);
      if (signal.aborted) reader.close();
      return reader;
    }
    throw new StreamError("stream_failed", `The answer is no event stream: status ${status}, ${contentType}.`, {
      status,
      retryable: status === 408 || status === 429 || status >= 500,
    });
  }

  /** Gives the connection up when nothing has arrived for `limitMs`. One timer, since there are many chunks. */
  #watch(limitMs: number, ms = limitMs): void {
    this.#watchdog = this.#clock.setTimeout(() => {
      const silentMs = Math.max(0, this.#clock.now() - this.#waitingSince);
      if (silentMs < limitMs) {
        this.#watch(limitMs, limitMs - silentMs);
      } else {
        this.#silence = new StreamError("timeout", `Nothing was received for ${limitMs} ms${this.#place()}.`);
        this.#disconnect();
      }
    }, ms);
  }

  /** Gives the connection up and waits before the next one. @throws the error when there shall be none */
  async #backOff(error: unknown): Promise<void> {
    const { maxRetries = 10, initialDelayMs = 500, maxDelayMs = 10_000, onRetry } = this.#options;
    this.#disconnect();
    const failure = AodError.isInstance(error)
      ? error
      : new StreamError("connection_failed", `The connection failed${this.#place()}.`, { cause: error });
    if (this.#clock.now() - this.#connectedAt > maxDelayMs) this.#retries = 0;
    const retry = this.#options.isRetryable?.(failure) ?? failure.retryable;
    if (!retry || this.#retries >= maxRetries) throw failure;
    const limitMs = Math.min(maxDelayMs, initialDelayMs * 2 ** this.#retries++);
    const delayMs = (this.#options.random ?? Math.random)() * limitMs;
    onRetry?.({ error: failure, attempt: this.#retries, delayMs, lastEventId: this.#lastEventId });
    await this.#sleep(delayMs);
  }

  /** Waits for a time, less when the stream is ended. */
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(resolve, ms);
      this.#wake = () => {
        this.#clock.clearTimeout(timer);
        resolve();
      };
    });
  }

  #disconnect(): void {
    this.#clock.clearTimeout(this.#watchdog);
    this.#reader?.close();
    this.#reader = undefined;
    this.#connection?.abort();
    this.#wake?.();
  }

  #place(): string {
    return this.#lastEventId === null ? "" : ` after the event ${this.#lastEventId}`;
  }
}

/** The number in a frame's `id:` line; `NaN` when there is none. */
function idOf({ id }: SseFrame): number {
  const number = id ? Number(id) : NaN;
  return Number.isSafeInteger(number) ? number : NaN;
}
