import {
  agentCreateSchema,
  agentListSchema,
  agentSchema,
  agentUpdateSchema,
  agentUsageSchema,
  agentVersionListSchema,
  agentVersionSchema,
  apiKeyCreateSchema,
  apiKeyListSchema,
  apiKeySchema,
  commandAgentCreateSchema,
  createdApiKeySchema,
  deletedSchema,
  environmentCreateSchema,
  environmentListSchema,
  environmentSchema,
  environmentUpdateSchema,
  environmentVersionListSchema,
  environmentVersionSchema,
  errorBodySchema,
  fieldErrorSchema,
  healthSchema,
  interruptAckSchema,
  mcpServerSchema,
  networkingSchema,
  promptAckSchema,
  promptSchema,
  providerAgentCreateSchema,
  quotaErrorSchema,
  resourceSchema,
  runtimeAgentCreateSchema,
  sessionCreateAckSchema,
  sessionCreateSchema,
  sessionListSchema,
  sessionSchema,
  sessionTurnListSchema,
  sessionTurnSchema,
  skillSchema,
  storedAgentEventSchema,
  terminateAckSchema,
  turnEventsSchema,
} from "@aod/core";
import { z } from "zod";

/** Whether a schema describes what the server takes or what it answers: defaults and unknown fields differ. */
export type Io = "input" | "output";

const requests: Readonly<Record<string, z.ZodType>> = {
  AgentCreateRequest: agentCreateSchema,
  RuntimeAgentCreateRequest: runtimeAgentCreateSchema,
  ProviderAgentCreateRequest: providerAgentCreateSchema,
  CommandAgentCreateRequest: commandAgentCreateSchema,
  AgentUpdateRequest: agentUpdateSchema,
  SkillRequest: skillSchema,
  EnvironmentCreateRequest: environmentCreateSchema,
  EnvironmentUpdateRequest: environmentUpdateSchema,
  SessionCreateRequest: sessionCreateSchema,
  PromptRequest: promptSchema,
  ApiKeyCreateRequest: apiKeyCreateSchema,
};

const answers: Readonly<Record<string, z.ZodType>> = {
  Agent: agentSchema,
  AgentList: agentListSchema,
  AgentVersion: agentVersionSchema,
  AgentVersionList: agentVersionListSchema,
  Skill: skillSchema,
  McpServer: mcpServerSchema,
  Environment: environmentSchema,
  EnvironmentList: environmentListSchema,
  EnvironmentVersion: environmentVersionSchema,
  EnvironmentVersionList: environmentVersionListSchema,
  Networking: networkingSchema,
  Session: sessionSchema,
  SessionList: sessionListSchema,
  Resource: resourceSchema,
  SessionCreateAck: sessionCreateAckSchema,
  PromptAck: promptAckSchema,
  InterruptAck: interruptAckSchema,
  TerminateAck: terminateAckSchema,
  SessionTurn: sessionTurnSchema,
  SessionTurnList: sessionTurnListSchema,
  AgentUsage: agentUsageSchema,
  StoredAgentEvent: storedAgentEventSchema,
  TurnEvents: turnEventsSchema,
  ApiKey: apiKeySchema,
  ApiKeyList: apiKeyListSchema,
  CreatedApiKey: createdApiKeySchema,
  Deleted: deletedSchema,
  Health: healthSchema,
  ErrorBody: errorBodySchema,
  FieldError: fieldErrorSchema,
  QuotaError: quotaErrorSchema,
};

/** A schema of ours as JSON Schema, without names. */
export function toJsonSchema(schema: z.ZodType, io: Io): object {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return json;
}

interface ApiDocument {
  readonly paths: object;
  readonly components: Readonly<Record<string, object>>;
}

/**
 * An OpenAPI document in which each schema that has a name stands once, and is referred to wherever it was repeated. Found
 * by its form: checks of our own describe the parts of requests, and zod does not know which schema they mean.
 */
export function nameSchemas<T extends ApiDocument>(document: T): T {
  const named = [...toEntries(requests, "input"), ...toEntries(answers, "output")];
  const names = new Map(named.map(([name, schema]) => [JSON.stringify(schema), name]));

  function refer(value: unknown): unknown {
    const name = names.get(JSON.stringify(value));
    return name === undefined ? referWithin(value) : { $ref: `#/components/schemas/${name}` };
  }

  function referWithin(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(refer);
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, refer(entry)]));
  }

  const { components, paths } = referWithin(document) as ApiDocument;
  const schemas = Object.fromEntries(named.map(([name, schema]) => [name, referWithin(schema)]));
  return { ...document, paths, components: { ...components, schemas } };
}

function toEntries(schemas: Readonly<Record<string, z.ZodType>>, io: Io): (readonly [string, object])[] {
  return Object.entries(schemas).map(([name, schema]) => [name, toJsonSchema(schema, io)]);
}
