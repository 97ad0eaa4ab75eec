import { DomainError } from "../domain/domain-error.ts";
import type { SessionTransaction } from "../events/event-log.ts";
import type { Services } from "../services.ts";
import type { SessionView } from "../store/sessions.ts";
import { requireLockedSession, requireSession } from "./require-row.ts";

/** Whose session it is. */
export type SessionCall = Readonly<{ ownerId: string; sessionId: string }>;

/**
 * Changes a session and its log in one transaction, with its row locked.
 *
 * @throws DomainError `session_not_found`, and what `change` throws
 */
export async function changeSession<T>(
  services: Services,
  { ownerId, sessionId }: SessionCall,
  change: (session: SessionView, transaction: SessionTransaction) => Promise<T>,
): Promise<T> {
  // The log knows no owners.
  await requireSession(services.store.db, ownerId, sessionId);
  const changed = await services.log.transact(sessionId, async (transaction) => ({
    result: await change(await requireLockedSession(transaction.db, ownerId, sessionId), transaction),
  }));
  if (changed === null) throw new DomainError({ reason: "session_not_found" });
  return changed.result;
}
