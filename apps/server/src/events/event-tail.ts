/** Tells readers of a session that its log may have grown. A wake-up only: the log is the truth. */
export interface EventTail extends AsyncDisposable {
  /**
   * Calls `wake` whenever the session may have new events, a new status, or may be gone; also now and then without a
   * reason, because notifications can be missed.
   *
   * @returns the function that ends it.
   */
  watch(sessionId: string, wake: () => void): () => void;
  /** Something was committed for this session in this process: wakes its readers here and in all other processes. */
  publish(sessionId: string): void;
}
