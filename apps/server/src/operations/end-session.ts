import { DomainError } from "../domain/domain-error.ts";
import { assertDeletable, assertTerminable } from "../domain/session-rules.ts";
import type { Services } from "../services.ts";
import { deleteSession, findSession, lockSession, markTerminated } from "../store/sessions.ts";
import { failActiveTurn } from "../store/turns.ts";

/** The session whose turn and sandbox are to go, once the end is committed. */
export interface EndedSession {
  readonly sessionId: string;
  readonly sandboxRef: string | null;
}

type SessionCall = Readonly<{ ownerId: string; sessionId: string }>;

/**
 * Ends a session for good: status, turn and the terminal event in one transaction. Whoever runs its turn finds the fence
 * stale from then on, so this wins every race.
 *
 * @throws DomainError `session_not_found`, `session_already_terminated`
 */
export async function terminateSession(services: Services, call: SessionCall): Promise<EndedSession> {
  const { ownerId, sessionId } = call;
  const own = await findSession(services.store.db, ownerId, sessionId);
  if (own === null) throw new DomainError({ reason: "session_not_found" });
  const ended = await services.log.transact(sessionId, async ({ db, append }) => {
    const session = await lockSession(db, ownerId, sessionId);
    if (session === null) throw new DomainError({ reason: "session_not_found" });
    assertTerminable(session.status);
    await failActiveTurn(db, sessionId);
    await markTerminated(db, ownerId, sessionId);
    await append([{ type: "terminated", turn: null, fields: { message: "Session terminated" } }]);
    return { sessionId, sandboxRef: session.sandboxRef };
  });
  if (ended === null) throw new DomainError({ reason: "session_not_found" });
  return ended;
}

/**
 * Removes a finished session with everything that belongs to it.
 *
 * @throws DomainError `session_not_found`, `session_active`
 */
export async function removeSession(services: Services, call: SessionCall): Promise<EndedSession> {
  const { ownerId, sessionId } = call;
  return services.store.db.transaction(async (db) => {
    const session = await lockSession(db, ownerId, sessionId);
    if (session === null) throw new DomainError({ reason: "session_not_found" });
    assertDeletable(session.status);
    await deleteSession(db, ownerId, sessionId);
    return { sessionId, sandboxRef: session.sandboxRef };
  });
}
