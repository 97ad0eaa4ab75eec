import type { Db } from "../store/store.ts";

/** Hands turns to workers. Durable: a job exists if and only if the transaction that enqueued it committed. */
export interface TurnQueue {
  /** Enqueues in the caller's transaction. */
  enqueue(db: Db, turn: { sessionId: string; turn: number }): Promise<void>;
  /** Machines whose workers were heard from lately. */
  liveHosts(): Promise<Set<string>>;
}

/** Tells whoever runs a session that it is over, or to be interrupted. Called after the commit; safe to repeat, safe to lose (workers check too). */
export interface SessionControl {
  /** The session was terminated or deleted: stop its turn, then remove its sandbox. */
  stop(session: { sessionId: string; sandboxRef: string | null }): Promise<void>;
  /** Its owner asked to interrupt the running turn; the request is on the turn's row. */
  interrupt(turn: { sessionId: string; turn: number }): Promise<void>;
  /** The sandbox behind a finished session still exists: a next turn can run in it. */
  isSandboxAvailable(session: { driver: string; sandboxRef: string | null }): Promise<boolean>;
}
