import { assertDeletable } from "../domain/session-rules.ts";
import { deleteSession } from "../store/sessions.ts";
import type { Db } from "../store/store.ts";
import type { SessionCall } from "./change-session.ts";
import { requireLockedSession } from "./require-row.ts";
import type { EndedSession } from "./terminate-session.ts";

/**
 * Removes a finished session with everything that belongs to it.
 *
 * @param db the transaction that it is part of
 * @throws DomainError `session_not_found`, `session_active`
 */
export async function deleteOwnSession(db: Db, { ownerId, sessionId }: SessionCall): Promise<EndedSession> {
  const { status, sandboxRef } = await requireLockedSession(db, ownerId, sessionId);
  assertDeletable(status);
  await deleteSession(db, ownerId, sessionId);
  return { sessionId, sandboxRef };
}
