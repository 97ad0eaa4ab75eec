import type { AuthProvider } from "./auth.ts";
import type { Clock } from "./clock.ts";
import type { HttpFailure, RequestInfo } from "./errors.ts";
import type { Fetch } from "./platform.ts";
import type { RetryOptions } from "./retry.ts";

/** What is about to be sent. Credentials are replaced by `[redacted]`. */
export interface RequestEvent extends RequestInfo {
  readonly headers: Readonly<Record<string, string>>;
  /** 1 for the first attempt. */
  readonly attempt: number;
}

/** The head of an answer. */
export interface ResponseEvent extends RequestInfo {
  readonly attempt: number;
  readonly status: number;
  readonly requestId: string | null;
  /** From sending to the head of the answer. */
  readonly durationMs: number;
}

/** A repeat is going to happen. */
export interface RetryEvent extends RequestInfo {
  /** The attempt that failed. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: Error;
}

/** Callbacks for logging. What they throw is ignored: a log line must not break a request. */
export interface TransportHooks {
  readonly onRequest?: ((event: RequestEvent) => void) | undefined;
  readonly onResponse?: ((event: ResponseEvent) => void) | undefined;
  readonly onRetry?: ((event: RetryEvent) => void) | undefined;
}

/** Settings of a transport. */
export interface TransportOptions {
  /** Where every path is appended to: absolute, http or https, trailing slashes don't matter. */
  readonly baseUrl: string;
  /** Who is calling. @default nobody */
  readonly auth?: AuthProvider | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as `User-Agent`, except in browsers. */
  readonly userAgent?: string | undefined;
  /**
   * Time for one attempt, from the credentials to the last byte of the body. For streams it ends with the head of the
   * answer. `Infinity` switches it off. @default 30000
   */
  readonly timeoutMs?: number | undefined;
  readonly retry?: RetryOptions | undefined;
  /** Turns an answer outside 200 to 299 into the error to throw. @default `new AodHttpError(failure)` */
  readonly toError?: ((failure: HttpFailure) => Error) | undefined;
  readonly hooks?: TransportHooks | undefined;
  /** Replaces the platform's way of sending. */
  readonly fetch?: Fetch | undefined;
  /** @default the system's */
  readonly clock?: Clock | undefined;
  /** A number in [0, 1) for jitter. @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** One call. */
export interface TransportRequest {
  readonly method: string;
  /** Begins with a slash; make it with `pathOf` when it holds values. */
  readonly path: string;
  /** Values that are `undefined` are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON: fields that are `undefined` are left out, `null` is sent. */
  readonly body?: unknown;
  /** Sent as `Idempotency-Key`; makes a POST repeatable. Make one with {@link createIdempotencyKey}. */
  readonly idempotencyKey?: string | undefined;
  /** Ends the call, and the wait between attempts, with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
  /** @default the transport's */
  readonly timeoutMs?: number | undefined;
  /** @default the transport's */
  readonly maxRetries?: number | undefined;
  /** Values inside the body that must not show up in errors and logs, even when the server repeats them. */
  readonly secrets?: readonly string[] | undefined;
}

/** A whole answer with a status of 200 to 299. */
export interface TransportResponse extends RequestInfo {
  readonly status: number;
  readonly headers: Headers;
  /** The body as JSON; `null` when it is empty. */
  readonly body: unknown;
}
