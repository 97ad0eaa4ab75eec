import { AodError } from "@aod/core/errors";
import type { Db } from "../store/store.ts";
import type { AgentEntry } from "../store/agent-events.ts";
import type { sessions } from "../store/schema.ts";

/** The locked session row inside a transaction. */
type SessionRow = typeof sessions.$inferSelect;

/**
 * An event before it has a number. `fields` are the wire keys after `type` and `id`, in emission order.
 * The log serialises it once; what it writes is what every reader gets.
 */
export interface EventEntry {
  readonly type: "output" | "stage" | "exit" | "error" | "terminated";
  readonly turn: number | null;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Who may append to a running turn: the worker that holds this attempt. */
export interface Fence {
  readonly turn: number;
  readonly attempt: number;
}

export interface StoredEvent {
  readonly seq: number;
  readonly turn: number | null;
  readonly terminal: boolean;
  readonly data: string;
}

/** The caller no longer holds the turn: it was adopted, ended or removed. Whatever it still has must be thrown away. */
export class StaleFenceError extends AodError {
  static override readonly brand = "StaleFenceError";

  constructor(sessionId: string, fence: Fence) {
    super("conflict", `Turn ${fence.turn} of session ${sessionId} no longer runs under attempt ${fence.attempt}.`);
  }
}

export interface AppendRequest {
  readonly sessionId: string;
  readonly fence: Fence;
  readonly entries: readonly EventEntry[];
  /**
   * The number of the event before the first entry. Entries that are in the log already, because the answer to an earlier
   * append was lost, are left out then.
   */
  readonly after?: number | undefined;
  /** What the entries mean; stored with them, all or nothing. */
  readonly agentEvents?: readonly AgentEntry[];
  /** Stored with the events in one transaction, so that an adopter goes on exactly behind them. */
  readonly spoolOffset?: number;
}

/** The session's row, locked, and the means to extend its log in the same transaction. */
export interface SessionTransaction {
  readonly db: Db;
  readonly session: SessionRow;
  /** Appends in order. A terminal entry gets `count` and `digest` added. */
  readonly append: (entries: readonly EventEntry[]) => Promise<void>;
}

export interface EventLog {
  /**
   * Appends output of a running turn. Durable when it resolves. When it rejects with a database error the outcome is
   * unknown, and may be for a while: ask again with `after`.
   *
   * @throws StaleFenceError when the turn is no longer running under this attempt: the caller must stop.
   */
  append(request: AppendRequest): Promise<{ lastSeq: number }>;
  /**
   * Runs `work` with the session row locked, in one transaction; readers are woken after the commit.
   *
   * @returns what `work` returned, or null when there is no such session.
   */
  transact<T>(sessionId: string, work: (transaction: SessionTransaction) => Promise<T>): Promise<T | null>;
  /** Events with `seq > after` in order, superseded terminal events left out, at most `limit`. */
  read(query: { sessionId: string; after: number; limit: number }): Promise<StoredEvent[]>;
}
