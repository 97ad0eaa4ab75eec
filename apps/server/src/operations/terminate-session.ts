import { assertTerminable } from "../domain/session-rules.ts";
import type { Services } from "../services.ts";
import { markTerminated } from "../store/sessions.ts";
import { failActiveTurn } from "../store/turns.ts";
import { changeSession, type SessionCall } from "./change-session.ts";

/** The session whose turn and sandbox are to go, once the end is committed. */
export interface EndedSession {
  readonly sessionId: string;
  readonly sandboxRef: string | null;
}

/**
 * Ends a session for good: status, turn and the terminal event in one transaction. Whoever runs its turn finds the fence
 * stale from then on, so this wins every race.
 *
 * @throws DomainError `session_not_found`, `session_already_terminated`
 */
export async function terminateSession(services: Services, call: SessionCall): Promise<EndedSession> {
  const { ownerId, sessionId } = call;
  return changeSession(services, call, async ({ status, sandboxRef }, { db, append }) => {
    assertTerminable(status);
    await failActiveTurn(db, sessionId);
    await markTerminated(db, ownerId, sessionId);
    await append([{ type: "terminated", turn: null, fields: { message: "Session terminated" } }]);
    return { sessionId, sandboxRef };
  });
}
