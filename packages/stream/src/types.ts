import type { SessionEvent } from "@aod/core";

/** An event of a type that this version does not know, or one that lacks what its type promises. Never dropped. */
export interface UnknownEvent {
  readonly type: "unknown";
  /** The `type` on the wire; `null` when there was none. */
  readonly rawType: string | null;
  /** Every other field, as it came. */
  readonly [field: string]: unknown;
}

/** What a stream delivers: an event of a session with its exact wire names and any extra fields, or an unknown one. */
export type StreamEvent = SessionEvent | UnknownEvent;

/** The part of `ReadableStream<Uint8Array>` that is used, so that any runtime's or library's stream fits. */
export interface ByteStream {
  /** Takes the stream for one reader alone. */
  getReader(): ByteReader;
}

/** The part of `ReadableStreamDefaultReader<Uint8Array>` that is used. */
export interface ByteReader {
  /** The next piece, as soon as there is one; rejects when the connection broke. */
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  /** Gives the stream up; a `read` that waits resolves as done. */
  cancel(reason?: unknown): Promise<void>;
}

/** The part of a fetch `Response` that is used. */
export interface EventResponse {
  /** Whether `status` is 200 to 299. */
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: ByteStream | null;
}

/** Time, as an {@link EventStream} sees it. */
export interface Clock {
  /** Milliseconds since any fixed moment; never goes back. */
  now(): number;
  /** Calls `callback` once, after `ms` milliseconds; returns a handle for `clearTimeout`. */
  setTimeout(callback: () => void, ms: number): unknown;
  /** Calls off what `setTimeout` has planned. Ignores handles that are spent, and `undefined`. */
  clearTimeout(handle: unknown): void;
}

/** Limits of decoding, and its end. */
export interface DecodeOptions {
  /** Ends the stream; its reason is thrown from the loop, as it is. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The longest event, in UTF-16 code units, that is put together from several chunks before reading fails.
   *
   * @default 67_108_864 (64 Mi)
   */
  readonly maxEventLength?: number | undefined;
}

/** How an {@link EventStream} is opened, resumed and watched. */
export interface EventStreamOptions<T = StreamEvent> extends DecodeOptions {
  /**
   * Opens a connection that continues after the event `lastEventId` (`null`: from the first event). Send it as the
   * `Last-Event-ID` header or as `?since=`. Called again for every reconnect; must honour `signal`.
   */
  readonly open: (lastEventId: number | null, signal: AbortSignal) => Promise<EventResponse>;
  /**
   * What the loop gets for an event.
   *
   * @default the event itself
   */
  readonly decode?: ((event: StreamEvent) => T) | undefined;
  /**
   * Begin after this event id.
   *
   * @default null, the first event; only such a stream can be verified
   */
  readonly since?: number | null | undefined;
  /**
   * Whether a connection that is brought to its end without a terminal event is replaced. False is for servers that
   * were asked for what is stored by now and then end the answer; connections that break are replaced all the same.
   *
   * @default true
   */
  readonly follow?: boolean | undefined;
  /**
   * Whether a `stale` event (the server has had nothing to send for long) is passed over and the stream goes on with a
   * new connection. False: it is the last event.
   *
   * @default false
   */
  readonly resumeStale?: boolean | undefined;
  /**
   * Reconnects in a row without progress before the last error is thrown. A new event, or a connection that lasted
   * longer than `maxDelayMs`, is progress.
   *
   * @default 10
   */
  readonly maxRetries?: number | undefined;
  /**
   * The wait before the first reconnect is random between 0 and this, in milliseconds; it doubles each time.
   *
   * @default 500
   */
  readonly initialDelayMs?: number | undefined;
  /**
   * The longest wait before a reconnect, in milliseconds.
   *
   * @default 10_000
   */
  readonly maxDelayMs?: number | undefined;
  /**
   * A connection on which nothing arrives for this long, not even a heartbeat comment, is replaced. Milliseconds.
   *
   * @default 45_000, three missed heartbeats
   */
  readonly heartbeatTimeoutMs?: number | undefined;
  /**
   * Whether to reconnect after `error`. Asked with what `open` threw, or with a {@link StreamError}; never with a
   * {@link StreamIntegrityError} or an event that can't be read, which always end the stream.
   *
   * @default error => error.retryable
   */
  readonly isRetryable?: ((error: Error & { readonly retryable?: boolean }) => boolean) | undefined;
  /** Called when the stream ends, however it does; perhaps more than once. */
  readonly onClose?: (() => void) | undefined;
  /** Told before each wait, for logs. */
  readonly onRetry?:
    ((retry: { error: Error; attempt: number; delayMs: number; lastEventId: number | null }) => void) | undefined;
  /** Replaces the time, for tests. @default the real one */
  readonly clock?: Clock | undefined;
  /** Numbers from 0 to below 1, for the random share of a wait. @default Math.random */
  readonly random?: (() => number) | undefined;
}
