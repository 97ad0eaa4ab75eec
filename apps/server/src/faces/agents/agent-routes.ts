import {
  agentCreateSchema,
  agentListSchema,
  agentSchema,
  agentUpdateSchema,
  agentVersionListSchema,
  commandAgentCreateSchema,
  commandAgentUpdateSchema,
  providerAgentCreateSchema,
  providerAgentUpdateSchema,
  runtimeAgentCreateSchema,
  runtimeAgentUpdateSchema,
  type AgentDialect,
} from "@aod/core";
import { openMcpServers } from "../../auth/mcp-secrets.ts";
import { dialectOf } from "../../domain/agent-identity.ts";
import { archiveOwnAgent } from "../../operations/archive-agent.ts";
import { createAgent, type NewAgent } from "../../operations/create-agent.ts";
import { requireAgent } from "../../operations/require-row.ts";
import { assertUpdatable, updateAgent, type AgentChange } from "../../operations/update-agent.ts";
import type { Services } from "../../services.ts";
import { findAgent, listAgents, listAgentVersions, type AgentRow, type AgentVersionRow } from "../../store/agents.ts";
import { sealedField } from "../../store/sealed-fields.ts";
import type { Db } from "../../store/store.ts";
import { route, type Answer, type Call, type KeyedRoute } from "./face-route.ts";
import { onceRoutes } from "./idempotent.ts";
import { asObject, isObject, parseFields, readJson, type JsonObject } from "./read-body.ts";
import { toAgent, toAgentVersion } from "./views.ts";

/** Each dialect has its own rules for `model`; without any discriminator the runtime dialect asks for one. */
function parseNewAgent(body: JsonObject): { dialect: AgentDialect; agent: NewAgent } {
  const dialect = dialectOf(body) ?? "runtime";
  if (dialect === "provider") return { dialect, agent: parseFields(providerAgentCreateSchema, body) };
  if (body["runtime"] === "command") return { dialect, agent: parseFields(commandAgentCreateSchema, body) };
  return { dialect, agent: parseFields(runtimeAgentCreateSchema, body) };
}

function parseChange(dialect: AgentDialect, stored: AgentRow | null, body: JsonObject): AgentChange {
  if (dialect === "provider") return parseFields(providerAgentUpdateSchema, body);
  const runtime = body["runtime"] ?? stored?.runtime;
  if (runtime === "command") return parseFields(commandAgentUpdateSchema, body);
  return parseFields(runtimeAgentUpdateSchema, body);
}

/** What a PUT says of its dialect, before anybody has judged its body. */
async function peekDialect(call: Call): Promise<AgentDialect | null> {
  const body = await readJson(call.body).catch(() => null);
  return isObject(body) ? dialectOf(body) : null;
}

/** Its owner sees the tokens of its MCP servers: clients send back what they read. */
function opened<T extends AgentVersionRow>({ keyring }: Services, row: T): T {
  return { ...row, mcpServers: openMcpServers(keyring, sealedField.agentMcpServers(row.id), row.mcpServers) };
}

async function put(services: Services, call: Call, db: Db): Promise<Answer> {
  const stored = await findAgent(db, call.ownerId, call.id);
  // With a runtime the agent is looked at before the body, with a provider after it: clients rely on which error is first.
  const dialect = (await peekDialect(call)) ?? stored?.dialect ?? "runtime";
  if (dialect === "runtime") assertUpdatable(await requireAgent(db, call.ownerId, call.id));
  const change = parseChange(dialect, stored, asObject(await readJson(call.body)));
  const agent = await updateAgent(db, services.keyring, { ownerId: call.ownerId, id: call.id, dialect, change });
  return { status: 200, body: toAgent(opened(services, agent)) };
}

/** Agents: create, read, change, archive. */
export function agentRoutes(services: Services): KeyedRoute[] {
  const { db } = services.store;
  const show = (agent: AgentRow) => toAgent(opened(services, agent));
  const once = onceRoutes(services);
  return [
    once(
      "POST",
      "/agents",
      {
        operationId: "createAgent",
        summary: "Create an agent",
        status: 201,
        request: agentCreateSchema,
        refersToRows: true,
        answer: agentSchema,
      },
      async (call, transaction) => {
        const request = parseNewAgent(asObject(await readJson(call.body)));
        return {
          status: 201,
          body: show(await createAgent(transaction, services.keyring, { ownerId: call.ownerId, ...request })),
        };
      },
    ),
    route(
      "GET",
      "/agents",
      { operationId: "listAgents", summary: "List agents", status: 200, answer: agentListSchema },
      async (call) => {
        const agents = await listAgents(db, call.ownerId);
        return { status: 200, body: { data: agents.map(show) } };
      },
    ),
    route(
      "GET",
      "/agents/:id",
      { operationId: "getAgent", summary: "Get an agent", status: 200, answer: agentSchema },
      async (call) => ({ status: 200, body: show(await requireAgent(db, call.ownerId, call.id)) }),
    ),
    once(
      "PUT",
      "/agents/:id",
      {
        operationId: "updateAgent",
        summary: "Change an agent",
        status: 200,
        request: agentUpdateSchema,
        answer: agentSchema,
      },
      (call, transaction) => put(services, call, transaction),
    ),
    once(
      "POST",
      "/agents/:id/archive",
      { operationId: "archiveAgent", summary: "Archive an agent for good", status: 200, answer: agentSchema },
      async (call, transaction) => {
        return { status: 200, body: show(await archiveOwnAgent(transaction, call.ownerId, call.id)) };
      },
    ),
    route(
      "GET",
      "/agents/:id/versions",
      {
        operationId: "listAgentVersions",
        summary: "List the versions of an agent",
        status: 200,
        answer: agentVersionListSchema,
      },
      async (call) => {
        await requireAgent(db, call.ownerId, call.id);
        const versions = await listAgentVersions(db, call.ownerId, call.id);
        return { status: 200, body: { data: versions.map((version) => toAgentVersion(opened(services, version))) } };
      },
    ),
  ];
}
