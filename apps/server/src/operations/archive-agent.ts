import { DomainError } from "../domain/domain-error.ts";
import { archiveAgent, type AgentRow } from "../store/agents.ts";
import type { Db } from "../store/store.ts";
import { requireAgent } from "./require-row.ts";

/**
 * Hides an agent from lists and from new use, for good.
 *
 * @param db the transaction that it is part of
 * @throws DomainError `agent_not_found`, `agent_already_archived`
 */
export async function archiveOwnAgent(db: Db, ownerId: string, id: string): Promise<AgentRow> {
  const agent = await requireAgent(db, ownerId, id, "update");
  if (agent.archivedAt !== null) throw new DomainError({ reason: "agent_already_archived" });
  return archiveAgent(db, ownerId, id);
}
