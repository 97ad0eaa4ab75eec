// The rows that requests name. A stranger's row is answered like a missing one.
import { DomainError } from "../domain/domain-error.ts";
import { isUuid } from "../domain/is-uuid.ts";
import { findAgent, type AgentRow } from "../store/agents.ts";
import { getApiKey, type ApiKeyRow } from "../store/api-keys.ts";
import { findEnvironment, type EnvironmentRow } from "../store/environments.ts";
import { findSession, lockSession, type SessionView } from "../store/sessions.ts";
import type { Db } from "../store/store.ts";

/** Keeps a row as it is (`update`) or from being deleted (`key share`) until the transaction ends. */
type Lock = "update" | "key share";

/** @throws DomainError `agent_not_found`, also for what is no UUID */
export async function requireAgent(db: Db, ownerId: string, id: string, lock?: Lock): Promise<AgentRow> {
  const agent = isUuid(id) ? await findAgent(db, ownerId, id, lock) : null;
  if (agent === null) throw new DomainError({ reason: "agent_not_found" });
  return agent;
}

/** @throws DomainError `environment_not_found`, also for what is no UUID */
export async function requireEnvironment(db: Db, ownerId: string, id: string, lock?: Lock): Promise<EnvironmentRow> {
  const environment = isUuid(id) ? await findEnvironment(db, ownerId, id, lock) : null;
  if (environment === null) throw new DomainError({ reason: "environment_not_found" });
  return environment;
}

/** @throws DomainError `session_not_found` */
export async function requireSession(db: Db, ownerId: string, id: string): Promise<SessionView> {
  const session = await findSession(db, ownerId, id);
  if (session === null) throw new DomainError({ reason: "session_not_found" });
  return session;
}

/**
 * The same, with the row locked until the transaction ends.
 *
 * @throws DomainError `session_not_found`
 */
export async function requireLockedSession(db: Db, ownerId: string, id: string): Promise<SessionView> {
  const session = await lockSession(db, ownerId, id);
  if (session === null) throw new DomainError({ reason: "session_not_found" });
  return session;
}

/** @throws DomainError `api_key_not_found` */
export async function requireApiKey(db: Db, ownerId: string, id: string, lock?: "update"): Promise<ApiKeyRow> {
  const key = await getApiKey(db, ownerId, id, lock);
  if (key === null) throw new DomainError({ reason: "api_key_not_found" });
  return key;
}
