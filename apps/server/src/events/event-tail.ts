import type { StoredEvent } from "./event-log.ts";

/**
 * What a watcher is told: events that were just committed, in order, or null when it has to look for itself. An
 * acceleration only: the log is the truth.
 */
export type SessionChange = readonly StoredEvent[] | null;

/** Tells readers of a session that its log may have grown. */
export interface EventTail extends AsyncDisposable {
  /**
   * Calls `onChange` whenever the session may have new events, a new status, or may be gone; also now and then without
   * a reason, because notifications can be missed. `onChange` must not throw.
   *
   * @returns the function that ends it.
   */
  watch(sessionId: string, onChange: (change: SessionChange) => void): () => void;
  /**
   * Something was committed for this session: wakes its readers in this process at once, and soon those of all others.
   *
   * @param events What was appended, when that is known and nothing else changed.
   */
  publish(sessionId: string, events?: SessionChange): void;
}
