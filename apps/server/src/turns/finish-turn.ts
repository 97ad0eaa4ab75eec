import { eq, sql } from "drizzle-orm";
import type { EventEntry, EventLog } from "../events/event-log.ts";
import { sessions } from "../store/schema.ts";
import type { HeldTurn } from "./leases.ts";
import { closingEntries, type TurnOutcome } from "./turn-outcome.ts";

export interface FinishRequest {
  readonly turn: HeldTurn;
  readonly outcome: TurnOutcome;
  /** Events that are not in the log yet. */
  readonly entries: readonly EventEntry[];
  readonly spoolOffset: number | undefined;
}

/**
 * Ends a turn: its last events, its terminal event, its status and the session's, all or nothing.
 *
 * @returns false when the turn is not this worker's any more: terminated, adopted or removed.
 */
export async function finishTurn(log: EventLog, request: FinishRequest): Promise<boolean> {
  const { turn, outcome, entries, spoolOffset } = request;
  const { status, exitCode } = outcome;
  const isFinished = await log.transact(turn.sessionId, async ({ db, session, append }) => {
    // Terminate wins every race.
    if (session.status === "terminated") return false;
    const { rowCount } = await db.execute(sql`
      update turns set status = ${status}, exit_code = ${exitCode}, ended_at = now(), lease_until = null, worker_id = null,
        spool_offset = coalesce(${spoolOffset ?? null}, spool_offset)
      where session_id = ${turn.sessionId} and turn = ${turn.turn} and attempt = ${turn.attempt} and status = 'running'`);
    if (rowCount !== 1) return false;
    await db
      .update(sessions)
      .set({ status, exitCode, updatedAt: sql`now()`, ...(outcome.isSandboxUseless && { sandboxRef: null }) })
      .where(eq(sessions.id, turn.sessionId));
    await append([...entries, ...closingEntries(outcome, turn.turn)]);
    return true;
  });
  return isFinished ?? false;
}
