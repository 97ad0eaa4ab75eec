/** Settings of one call. */
export interface RequestOptions {
  /** Ends the call, and the wait between attempts, with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
  /** Time for one attempt. @default the client's */
  readonly timeoutMs?: number | undefined;
  /** @default the client's */
  readonly maxRetries?: number | undefined;
}

/** Settings of one call that makes something. */
export interface CreateOptions extends RequestOptions {
  /**
   * Calls with the same key make one thing, however often they are sent; AoD servers remember it for 24 hours. Pass your
   * own (a job's id) to be safe across restarts of your program. @default a random one per call
   */
  readonly idempotencyKey?: string | undefined;
}
