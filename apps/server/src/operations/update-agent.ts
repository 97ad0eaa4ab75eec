import { isDeepStrictEqual } from "node:util";
import type { AgentDialect, agentUpdateSchema } from "@aod/core";
import type { z } from "zod";
import { changeIdentity } from "../domain/agent-identity.ts";
import { DomainError } from "../domain/domain-error.ts";
import { mergeMetadata } from "../domain/merge-metadata.ts";
import { archiveAgent, findAgent, storeAgentVersion, type AgentFields, type AgentRow } from "../store/agents.ts";
import type { Db } from "../store/store.ts";
import { findAssignable } from "./create-agent.ts";

/** A checked `PUT /agents/{id}`. */
export type AgentChange = z.output<typeof agentUpdateSchema>;

/** @throws DomainError `agent_not_found`, `agent_not_updatable` */
export function assertUpdatable(agent: AgentRow | null): asserts agent is AgentRow {
  if (agent === null) throw new DomainError({ reason: "agent_not_found" });
  if (agent.archivedAt !== null) throw new DomainError({ reason: "agent_not_updatable" });
}

/**
 * Changes an agent under its row lock. A change that changes nothing leaves the version as it is.
 *
 * @throws DomainError in the dialect's order: the provider dialect looks at the environment first, the runtime dialect last
 */
export async function updateAgent(
  db: Db,
  ownerId: string,
  request: { id: string; dialect: AgentDialect; change: AgentChange },
): Promise<AgentRow> {
  const { id, dialect, change } = request;
  return db.transaction(async (transaction) => {
    const findEnvironmentId = () => findAssignable(transaction, ownerId, change.environment_id ?? null);
    let environmentId = dialect === "provider" ? await findEnvironmentId() : null;
    const current = await findAgent(transaction, ownerId, id, "update");
    assertUpdatable(current);
    if (current.version !== change.version) {
      throw new DomainError({ reason: "version_mismatch", current: current.version, sent: change.version });
    }
    const identity = changeIdentity(current, change);
    if (dialect === "runtime") environmentId = await findEnvironmentId();
    const before = fieldsOf(current);
    const after: AgentFields = {
      name: change.name ?? before.name,
      ...{ dialect: identity.dialect, runtime: identity.runtime, provider: identity.provider, model: identity.model },
      system: change.system ?? before.system,
      description: change.description ?? before.description,
      skills: change.skills ?? before.skills,
      mcpServers: change.mcp_servers ?? before.mcpServers,
      metadata: change.metadata === undefined ? before.metadata : mergeMetadata(before.metadata, change.metadata),
      command: identity.runtime === "command" ? changedCommand(change, before) : null,
      environmentId: change.environment_id === undefined ? before.environmentId : environmentId,
    };
    if (isDeepStrictEqual(before, after)) return current;
    return storeAgentVersion(transaction, ownerId, { ...after, id, version: current.version + 1 });
  });
}

function changedCommand(change: AgentChange, before: AgentFields): readonly string[] | null {
  return Array.isArray(change.command) ? (change.command as string[]) : before.command;
}

function fieldsOf(agent: AgentRow): AgentFields {
  const { name, dialect, runtime, provider, model, system, description } = agent;
  const { skills, mcpServers, metadata, command, environmentId } = agent;
  return {
    ...{ name, dialect, runtime, provider, model, system, description },
    ...{ skills, mcpServers, metadata, command, environmentId },
  };
}

/**
 * Hides an agent from lists and from new use, for good.
 *
 * @throws DomainError `agent_not_found`, `agent_already_archived`
 */
export async function archiveOwnAgent(db: Db, ownerId: string, id: string): Promise<AgentRow> {
  return db.transaction(async (transaction) => {
    const agent = await findAgent(transaction, ownerId, id, "update");
    if (agent === null) throw new DomainError({ reason: "agent_not_found" });
    if (agent.archivedAt !== null) throw new DomainError({ reason: "agent_already_archived" });
    return archiveAgent(transaction, ownerId, id);
  });
}
