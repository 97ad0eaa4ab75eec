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
  getReader(): ByteReader;
}

/** The part of `ReadableStreamDefaultReader<Uint8Array>` that is used. */
export interface ByteReader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  cancel(reason?: unknown): Promise<void>;
}

/** The part of a fetch `Response` that is used. */
export interface EventResponse {
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
  clearTimeout(handle: unknown): void;
}

/** Limits of decoding. */
export interface DecodeOptions {
  /**
   * The longest event, in UTF-16 code units, that is put together from several chunks before reading fails.
   *
   * @default 67_108_864 (64 Mi)
   */
  readonly maxEventLength?: number;
}

/** How an {@link EventStream} is opened, resumed and watched. */
export interface EventStreamOptions extends DecodeOptions {
  /**
   * Opens a connection that continues after the event `lastEventId` (`null`: from the first event). Send it as the
   * `Last-Event-ID` header or as `?since=`. Called again for every reconnect; must honour `signal`.
   */
  readonly open: (lastEventId: number | null, signal: AbortSignal) => Promise<EventResponse>;
  /**
   * Begin after this event id.
   *
   * @default null, the first event; only such a stream can be verified
   */
  readonly since?: number | null;
  /** Ends the stream; its reason is thrown from the loop, as it is. */
  readonly signal?: AbortSignal;
  /**
   * Reconnects in a row without progress before the last error is thrown. A new event, or a connection that lasted
   * longer than `maxDelayMs`, is progress.
   *
   * @default 10
   */
  readonly maxRetries?: number;
  /**
   * The wait before the first reconnect is random between 0 and this, in milliseconds; it doubles each time.
   *
   * @default 500
   */
  readonly initialDelayMs?: number;
  /** @default 10_000 */
  readonly maxDelayMs?: number;
  /**
   * A connection on which nothing arrives for this long, not even a heartbeat comment, is replaced. Milliseconds.
   *
   * @default 45_000, three missed heartbeats
   */
  readonly heartbeatTimeoutMs?: number;
  /**
   * Whether to reconnect after `error`. Asked with what `open` threw, or with a {@link StreamError}; never with a
   * {@link StreamIntegrityError} or an event that can't be read, which always end the stream.
   *
   * @default error => error.retryable
   */
  readonly isRetryable?: (error: Error & { readonly retryable?: boolean }) => boolean;
  /** Told before each wait, for logs. */
  readonly onRetry?: (retry: { error: Error; attempt: number; delayMs: number; lastEventId: number | null }) => void;
  /** @default the real time */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: () => number;
}
