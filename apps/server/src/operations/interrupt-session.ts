import type { SessionStatus } from "@aod/core";
import { assertInterruptible } from "../domain/session-rules.ts";
import type { SessionTransaction } from "../events/event-log.ts";
import type { Services } from "../services.ts";
import { insertAgentEvents } from "../store/agent-events.ts";
import { markInterrupted, type SessionView } from "../store/sessions.ts";
import { endPendingTurn, requestInterrupt } from "../store/turns.ts";
import { closingEntries, interruptedTurn } from "../turns/turn-outcome.ts";
import { changeSession, type SessionCall } from "./change-session.ts";

/** What an interrupt found. */
export interface Interrupted {
  /** Before the interrupt. */
  readonly status: SessionStatus;
  /** The running turn whose worker has to be told; null when a waiting one ended at once. */
  readonly runningTurn: number | null;
}

/**
 * Cuts the current turn of a session short; the session stays usable. A waiting turn ends here and never starts; for a
 * running one the request is stored, and its worker carries it out.
 *
 * @throws DomainError `session_not_found`, and as `assertInterruptible`
 */
export async function interruptSession(services: Services, call: SessionCall): Promise<Interrupted> {
  return changeSession(services, call, async (session, transaction) => {
    const { status } = session;
    assertInterruptible(status);
    if (status === "pending") await endWaiting(transaction, session);
    const isRunning = status === "running";
    return { status, runningTurn: isRunning ? await requestInterrupt(transaction.db, call.sessionId) : null };
  });
}

async function endWaiting({ db, append }: SessionTransaction, session: SessionView): Promise<void> {
  const { id, ownerId, firstTurn } = session;
  const outcome = interruptedTurn({ isSandboxUseless: false });
  const exitCode = outcome.exitCode ?? 0;
  const turn = await endPendingTurn(db, id, { exitCode, verdict: "interrupted" });
  if (turn === null) return;
  await insertAgentEvents(db, { sessionId: id, turn }, [{ position: 1, data: interruptedResult }]);
  await markInterrupted(db, ownerId, id, { exitCode, firstTurn: firstTurn === turn ? turn + 1 : firstTurn });
  await append(closingEntries(outcome, turn));
}

const interruptedResult = JSON.stringify({ type: "result", verdict: "interrupted" });
