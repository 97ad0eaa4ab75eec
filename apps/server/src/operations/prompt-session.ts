import { DomainError } from "../domain/domain-error.ts";
import { assertIdle } from "../domain/session-rules.ts";
import type { Services } from "../services.ts";
import { reopenSession, type SessionView } from "../store/sessions.ts";
import type { Db } from "../store/store.ts";
import { insertTurn } from "../store/turns.ts";
import { requireLockedSession } from "./require-row.ts";

/**
 * Can the sandbox of this session still be reached? Asked before the row is locked, because it may take a while.
 *
 * @throws DomainError `no_driver_for_turn`, `sandbox_gone`
 */
export async function assertBackend(services: Services, session: SessionView): Promise<void> {
  if (services.driver === null) throw new DomainError({ reason: "no_driver_for_turn" });
  // A pending session has no sandbox yet; it is refused as pending, under the lock.
  if (session.status === "pending") return;
  if (!hasBegun(session)) return;
  const isAvailable = await services.control.isSandboxAvailable(session);
  if (!isAvailable) throw new DomainError({ reason: "sandbox_gone" });
}

/** False when its turns were interrupted before anything was prepared: the next one makes the sandbox. */
function hasBegun({ firstTurn, currentTurn }: SessionView): boolean {
  return firstTurn <= (currentTurn ?? 0);
}

/**
 * Starts the next turn of a finished session: turn, session and job in the caller's transaction.
 *
 * @param db the transaction that it is part of
 * @returns the number of the new turn
 * @throws DomainError `session_not_found`, `sandbox_gone`, and as `assertIdle`
 */
export async function promptSession(
  db: Db,
  services: Services,
  call: { ownerId: string; sessionId: string; prompt: string; timeoutSeconds: number },
): Promise<number> {
  const { ownerId, sessionId, prompt, timeoutSeconds } = call;
  const session = await requireLockedSession(db, ownerId, sessionId);
  assertIdle(session.status);
  // Removed since it was asked for: an idle one does not stay for ever.
  if (session.sandboxRef === null && hasBegun(session)) throw new DomainError({ reason: "sandbox_gone" });
  const turn = (session.currentTurn ?? 0) + 1;
  await insertTurn(db, { sessionId, turn, prompt, timeoutSeconds });
  await reopenSession(db, ownerId, sessionId);
  await services.queue.enqueue(db, { sessionId, turn });
  return turn;
}
