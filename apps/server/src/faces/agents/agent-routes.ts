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
import { dialectOf } from "../../domain/agent-identity.ts";
import { DomainError } from "../../domain/domain-error.ts";
import { createAgent, type NewAgent } from "../../operations/create-agent.ts";
import { archiveOwnAgent, assertUpdatable, updateAgent, type AgentChange } from "../../operations/update-agent.ts";
import type { Services } from "../../services.ts";
import { findAgent, listAgents, listAgentVersions, type AgentRow } from "../../store/agents.ts";
import type { Answer, Call, KeyedRoute } from "./face-route.ts";
import { inTransaction } from "./idempotent.ts";
import { asObject, parseFields, readJson, type JsonObject } from "./read-body.ts";
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
  return typeof body === "object" && body !== null ? dialectOf(body) : null;
}

async function put(services: Services, call: Call): Promise<Answer> {
  const { db } = services.store;
  const stored = await findAgent(db, call.ownerId, call.id);
  // The dialects look at agent and body in opposite orders (wire/aod 5.3).
  const dialect = (await peekDialect(call)) ?? stored?.dialect ?? "runtime";
  if (dialect === "runtime") assertUpdatable(stored);
  const change = parseChange(dialect, stored, asObject(await readJson(call.body)));
  const agent = await updateAgent(db, call.ownerId, { id: call.id, dialect, change });
  return { status: 200, body: toAgent(agent) };
}

async function requireAgent(services: Services, call: Call): Promise<AgentRow> {
  const agent = await findAgent(services.store.db, call.ownerId, call.id);
  if (agent === null) throw new DomainError({ reason: "agent_not_found" });
  return agent;
}

/** Agents: create, read, change, archive (wire/aod 2). */
export function agentRoutes(services: Services): KeyedRoute[] {
  const { db } = services.store;
  return [
    {
      ...{ method: "POST", path: "/agents", access: "key" },
      describe: { summary: "Create an agent", status: 201, request: agentCreateSchema, answer: agentSchema },
      handle: (call) =>
        inTransaction(db, call, async (transaction) => {
          const request = parseNewAgent(asObject(await readJson(call.body)));
          return { status: 201, body: toAgent(await createAgent(transaction, call.ownerId, request)) };
        }),
    },
    {
      ...{ method: "GET", path: "/agents", access: "key" },
      describe: { summary: "List agents", status: 200, answer: agentListSchema },
      handle: async (call) => {
        const agents = await listAgents(db, call.ownerId);
        return { status: 200, body: { data: agents.map(toAgent) } };
      },
    },
    {
      ...{ method: "GET", path: "/agents/:id", access: "key" },
      describe: { summary: "Get an agent", status: 200, answer: agentSchema },
      handle: async (call) => ({ status: 200, body: toAgent(await requireAgent(services, call)) }),
    },
    {
      ...{ method: "PUT", path: "/agents/:id", access: "key" },
      describe: { summary: "Change an agent", status: 200, request: agentUpdateSchema, answer: agentSchema },
      handle: (call) => put(services, call),
    },
    {
      ...{ method: "POST", path: "/agents/:id/archive", access: "key" },
      describe: { summary: "Archive an agent for good", status: 200, answer: agentSchema },
      handle: async (call) => ({ status: 200, body: toAgent(await archiveOwnAgent(db, call.ownerId, call.id)) }),
    },
    {
      ...{ method: "GET", path: "/agents/:id/versions", access: "key" },
      describe: { summary: "List the versions of an agent", status: 200, answer: agentVersionListSchema },
      handle: async (call) => {
        await requireAgent(services, call);
        const versions = await listAgentVersions(db, call.ownerId, call.id);
        return { status: 200, body: { data: versions.map(toAgentVersion) } };
      },
    },
  ];
}
