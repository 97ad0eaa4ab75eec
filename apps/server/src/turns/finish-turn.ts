import { and, eq, sql } from "drizzle-orm";
import type { EventLog } from "../events/event-log.ts";
import { missingEntries } from "../events/log-state.ts";
import { insertAgentEvents } from "../store/agent-events.ts";
import { sessions, turns } from "../store/schema.ts";
import type { Drained } from "./event-pump.ts";
import type { HeldTurn } from "./leases.ts";
import { closingEntries, type TurnOutcome } from "./turn-outcome.ts";
import type { TurnSummary } from "./turn-summary.ts";

export interface FinishRequest extends Drained {
  readonly turn: HeldTurn;
  readonly outcome: TurnOutcome;
  readonly summary: TurnSummary;
}

/**
 * Ends a turn: its last events and what they mean, its terminal event, its status and the session's, all or nothing.
 *
 * @returns false when the turn is not this worker's any more: terminated, adopted or removed.
 */
export async function finishTurn(log: EventLog, request: FinishRequest): Promise<boolean> {
  const { turn, outcome, summary, entries, after, agentEvents, spoolOffset } = request;
  const { status, exitCode, isSandboxUseless, isInterrupted } = outcome;
  // The next turn begins the conversation, wherever there is room.
  const beginsAnew = isSandboxUseless && isInterrupted;
  const isFinished = await log.transact(turn.sessionId, async ({ db, session, append }) => {
    // Terminate wins every race.
    if (session.status === "terminated") return false;
    const ended = await db
      .update(turns)
      .set({
        status,
        exitCode,
        ...summary,
        endedAt: sql`now()`,
        leaseUntil: null,
        workerId: null,
        ...(spoolOffset !== undefined && { spoolOffset }),
        ...(beginsAnew && { hostId: null }),
      })
      .where(
        and(
          eq(turns.sessionId, turn.sessionId),
          eq(turns.turn, turn.turn),
          eq(turns.attempt, turn.attempt),
          eq(turns.status, "running"),
        ),
      )
      .returning({ turn: turns.turn });
    if (ended.length === 0) return false;
    await db
      .update(sessions)
      .set({
        status,
        exitCode,
        updatedAt: sql`now()`,
        ...(isSandboxUseless && { sandboxRef: null }),
        ...(beginsAnew && { firstTurn: turn.turn + 1 }),
      })
      .where(eq(sessions.id, turn.sessionId));
    await insertAgentEvents(db, turn, agentEvents);
    await append([...missingEntries(entries, after, session), ...closingEntries(outcome, turn.turn)]);
    return true;
  });
  return isFinished ?? false;
}
