import { isDeepStrictEqual } from "node:util";
import type { AgentDialect, agentUpdateSchema } from "@aod/core";
import type { z } from "zod";
import type { Keyring } from "../auth/keyring.ts";
import { openMcpServers, sealMcpServers } from "../auth/mcp-secrets.ts";
import { changeIdentity } from "../domain/agent-identity.ts";
import { DomainError } from "../domain/domain-error.ts";
import { mergeMetadata } from "../domain/merge-metadata.ts";
import { storeAgentVersion, type AgentFields, type AgentRow } from "../store/agents.ts";
import { sealedField } from "../store/sealed-fields.ts";
import type { Db } from "../store/store.ts";
import { findAssignable } from "./find-assignable.ts";
import { requireAgent } from "./require-row.ts";

/** A checked `PUT /agents/{id}`. */
export type AgentChange = z.output<typeof agentUpdateSchema>;

/** @throws DomainError `agent_not_updatable` */
export function assertUpdatable(agent: AgentRow): void {
  if (agent.archivedAt !== null) throw new DomainError({ reason: "agent_not_updatable" });
}

/**
 * Changes an agent under its row lock. A change that changes nothing leaves the version as it is.
 *
 * @param db the transaction that it is part of
 * @throws DomainError in the dialect's order: the provider dialect looks at the environment first, the runtime dialect last
 */
export async function updateAgent(
  db: Db,
  keyring: Keyring,
  request: { ownerId: string; id: string; dialect: AgentDialect; change: AgentChange },
): Promise<AgentRow> {
  const { ownerId, id, dialect, change } = request;
  const findEnvironmentId = () => findAssignable(db, ownerId, change.environment_id ?? null);
  let environmentId = dialect === "provider" ? await findEnvironmentId() : null;
  const current = await requireAgent(db, ownerId, id, "update");
  assertUpdatable(current);
  if (current.version !== change.version) {
    throw new DomainError({ reason: "version_mismatch", current: current.version, sent: change.version });
  }
  const identity = changeIdentity(current, change);
  if (dialect === "runtime") environmentId = await findEnvironmentId();
  const place = sealedField.agentMcpServers(id);
  const before = fieldsOf({ ...current, mcpServers: openMcpServers(keyring, place, current.mcpServers) });
  const after: AgentFields = {
    dialect: identity.dialect,
    runtime: identity.runtime,
    provider: identity.provider,
    model: identity.model,
    name: change.name ?? before.name,
    system: change.system ?? before.system,
    description: change.description ?? before.description,
    skills: change.skills ?? before.skills,
    mcpServers: change.mcp_servers ?? before.mcpServers,
    metadata: change.metadata === undefined ? before.metadata : mergeMetadata(before.metadata, change.metadata),
    command: identity.runtime === "command" ? changedCommand(change, before) : null,
    environmentId: change.environment_id === undefined ? before.environmentId : environmentId,
  };
  if (isDeepStrictEqual(before, after)) return current;
  const mcpServers = sealMcpServers(keyring, place, after.mcpServers);
  return storeAgentVersion(db, ownerId, { ...after, mcpServers, id, version: current.version + 1 });
}

function changedCommand(change: AgentChange, before: AgentFields): readonly string[] | null {
  return Array.isArray(change.command) ? (change.command as string[]) : before.command;
}

function fieldsOf(agent: AgentRow): AgentFields {
  return {
    dialect: agent.dialect,
    runtime: agent.runtime,
    provider: agent.provider,
    model: agent.model,
    name: agent.name,
    system: agent.system,
    description: agent.description,
    skills: agent.skills,
    mcpServers: agent.mcpServers,
    metadata: agent.metadata,
    command: agent.command,
    environmentId: agent.environmentId,
  };
}
