import { randomUUID } from "node:crypto";
import type { AgentDialect, agentCreateSchema } from "@aod/core";
import type { z } from "zod";
import type { Keyring } from "../auth/keyring.ts";
import { sealMcpServers } from "../auth/mcp-secrets.ts";
import { identifyByProvider, identifyByRuntime, type AgentIdentity } from "../domain/agent-identity.ts";
import { insertAgent, type AgentRow } from "../store/agents.ts";
import { sealedField } from "../store/sealed-fields.ts";
import type { Db } from "../store/store.ts";
import { findAssignable } from "./find-assignable.ts";

/** A checked `POST /agents`. */
export type NewAgent = z.output<typeof agentCreateSchema>;

/**
 * Makes an agent and its first version.
 *
 * @param db the transaction that it is part of
 * @throws DomainError for runtime, provider and model; `environment_not_found`, `environment_not_assignable`
 */
export async function createAgent(
  db: Db,
  keyring: Keyring,
  request: { ownerId: string; dialect: AgentDialect; agent: NewAgent },
): Promise<AgentRow> {
  const { ownerId, agent } = request;
  const identity = identify(request.dialect, agent);
  const environmentId = await findAssignable(db, ownerId, agent.environment_id ?? null);
  const id = randomUUID();
  return insertAgent(db, {
    id,
    ownerId,
    ...identity,
    name: agent.name,
    system: agent.system,
    description: agent.description,
    skills: agent.skills,
    mcpServers: sealMcpServers(keyring, sealedField.agentMcpServers(id), agent.mcp_servers),
    metadata: agent.metadata,
    command: commandOf(agent),
    environmentId,
  });
}

function identify(dialect: AgentDialect, agent: NewAgent): AgentIdentity {
  if ("runtime" in agent && dialect === "runtime") {
    return identifyByRuntime(agent.runtime, agent.model, agent.provider);
  }
  return identifyByProvider(agent.provider ?? "", agent.model);
}

function commandOf(agent: NewAgent): readonly string[] | null {
  return Array.isArray(agent.command) ? (agent.command as string[]) : null;
}
