import type { McpServer, Networking } from "@aod/core";
import { isolationOf } from "../../domain/isolation.ts";
import type { AgentRow, AgentVersionRow } from "../../store/agents.ts";
import type { ApiKeyRow } from "../../store/api-keys.ts";
import type { EnvironmentRow, EnvironmentVersionRow } from "../../store/environments.ts";
import type { SessionView } from "../../store/sessions.ts";
import type { TurnView } from "../../store/turns.ts";

// Rows as clients see them: names, key order, null for empty texts. What is not listed here never leaves.

const textOrNull = (text: string) => (text === "" ? null : text);

/** The Python SDK cannot read a server without a type, although requests may leave it out. */
const withType = (server: McpServer): McpServer => ({ ...server, type: server.type ?? "url" });

/** An agent at one version. */
export function toAgentVersion(row: AgentVersionRow) {
  return {
    id: row.id,
    type: "agent",
    name: row.name,
    description: textOrNull(row.description),
    system: textOrNull(row.system),
    provider: row.provider,
    model: row.model,
    runtime: row.runtime,
    ...(row.runtime === "command" ? { command: row.command ?? ["bash"] } : {}),
    environment_id: row.environmentId,
    skills: row.skills,
    mcp_servers: row.mcpServers.map(withType),
    metadata: row.metadata,
    version: row.version,
    created_at: row.createdAt,
  };
}

export function toAgent(row: AgentRow) {
  return { ...toAgentVersion(row), updated_at: row.updatedAt, archived_at: row.archivedAt };
}

/** Stored hosts stay hidden while everything can be reached. */
function toNetworking(networking: Networking): Networking {
  return networking.type === "unrestricted" ? { type: "unrestricted" } : networking;
}

/** An environment at one version. */
export function toEnvironmentVersion(row: EnvironmentVersionRow) {
  return {
    id: row.id,
    type: "environment",
    name: row.name,
    packages: row.packages,
    setup_script: textOrNull(row.setupScript),
    networking: toNetworking(row.networking),
    version: row.version,
    created_at: row.createdAt,
  };
}

export function toEnvironment(row: EnvironmentRow) {
  return { ...toEnvironmentVersion(row), updated_at: row.updatedAt, archived_at: row.archivedAt };
}

export function toSession(row: SessionView) {
  return {
    id: row.id,
    agent_id: row.agentId,
    environment_id: row.environmentId,
    runtime: row.runtime,
    provider: row.provider,
    status: row.status,
    exit_code: row.exitCode,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
    resources: row.resources,
    turn_count: row.turnCount,
    current_turn: row.currentTurn,
    driver: row.driver,
    isolation: isolationOf(row.driver),
  };
}

export function toTurn(row: TurnView) {
  return {
    turn_number: row.turn,
    prompt: row.prompt,
    status: row.status,
    exit_code: row.exitCode,
    created_at: row.createdAt,
    started_at: row.startedAt,
    ended_at: row.endedAt,
    verdict: row.verdict,
    text: row.resultText,
    usage: row.usage,
    cost_usd: row.costUsd,
    model: row.model,
    tool_calls: row.toolCalls,
    tools: row.tools,
  };
}

export function toApiKey(row: ApiKeyRow) {
  return {
    id: row.id,
    type: "api_key",
    name: row.name,
    prefix: row.prefix,
    is_active: row.isActive,
    expires_at: row.expiresAt,
    scopes: row.agentIds?.map((id) => `agent:${id}`) ?? null,
    created_at: row.createdAt,
  };
}
