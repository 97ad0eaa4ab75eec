/** When and how often a failed request is repeated. */
export interface RetryOptions {
  /** Repeats after the first attempt. @default 2 */
  readonly maxRetries?: number | undefined;
  /** The first wait lies between 0 and this; it doubles with each repeat. @default 500 */
  readonly baseDelayMs?: number | undefined;
  /** No wait of our own is longer. @default 8000 */
  readonly maxDelayMs?: number | undefined;
  /** A server that asks for a longer wait in `Retry-After` gets no repeat: the error is thrown at once. @default 60000 */
  readonly maxRetryAfterMs?: number | undefined;
}

export type ResolvedRetryOptions = { readonly [Name in keyof RetryOptions]-?: number };

export function resolveRetry(options: RetryOptions = {}): ResolvedRetryOptions {
  return {
    maxRetries: options.maxRetries ?? 2,
    baseDelayMs: options.baseDelayMs ?? 500,
    maxDelayMs: options.maxDelayMs ?? 8000,
    maxRetryAfterMs: options.maxRetryAfterMs ?? 60_000,
  };
}

// RFC 9110 section 9.2.2.
const idempotentMethods = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];

// Answers that say nothing about the request itself. 409 and 429 are not among them: without `Retry-After` they are a
// state or a quota that waiting a second does not change.
const passingStatuses = [408, 425, 500, 502, 503, 504];

/** Whether sending a request twice does the same as sending it once. */
export function isRepeatable(method: string, idempotencyKey: string | undefined): boolean {
  return idempotencyKey !== undefined || idempotentMethods.includes(method);
}

/** Whether an answer with this status may be different next time. */
export function isPassing(status: number, retryAfterMs: number | null): boolean {
  return passingStatuses.includes(status) || ((status === 409 || status === 429) && retryAfterMs !== null);
}

/**
 * The wait before repeat number `retry` (from 1): what the server asked for, else full jitter, that is a random share of
 * an exponentially growing bound. `null` when the server asks for more than the options allow.
 */
export function retryDelay(
  retry: number,
  retryAfterMs: number | null,
  options: ResolvedRetryOptions,
  random: () => number,
): number | null {
  if (retryAfterMs !== null) return retryAfterMs <= options.maxRetryAfterMs ? retryAfterMs : null;
  return Math.round(random() * Math.min(options.maxDelayMs, options.baseDelayMs * 2 ** (retry - 1)));
}
