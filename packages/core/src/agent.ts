import { z } from "zod";
import { mcpServerSchema } from "./mcp-server.ts";
import { skillSchema } from "./skill.ts";

const agentFields = {
  id: z.string(),
  type: z.literal("agent"),
  name: z.string(),
  description: z.string().nullable(),
  /** The system prompt. */
  system: z.string().nullable(),
  /** Missing on servers that only know the runtime dialect. */
  provider: z.string().optional(),
  /** `provider/model` or bare, by the dialect that wrote the agent. */
  model: z.string(),
  /** Missing on servers that only know the provider dialect. */
  runtime: z.string().optional(),
  /** The argv of the `command` runtime; absent elsewhere. */
  command: z.array(z.string()).optional(),
  environment_id: z.string().nullable(),
  skills: z.array(skillSchema),
  mcp_servers: z.array(mcpServerSchema),
  metadata: z.record(z.string(), z.unknown()),
  /** Starts at 1; counts real changes. */
  version: z.number().int(),
  created_at: z.string(),
};

/** A reusable template of model, runtime, system prompt, skills and MCP servers. */
export const agentSchema = z.looseObject({
  ...agentFields,
  updated_at: z.string(),
  archived_at: z.string().nullable(),
});
/** A reusable template of model, runtime, system prompt, skills and MCP servers. See {@link agentSchema}. */
export type Agent = z.infer<typeof agentSchema>;

/** An agent as one of its versions was. `id` is the agent's, `created_at` the snapshot's. */
export const agentVersionSchema = z.looseObject(agentFields);
/** An agent as one of its versions was. See {@link agentVersionSchema}. */
export type AgentVersion = z.infer<typeof agentVersionSchema>;

/** The body of `GET /agents`. */
export const agentListSchema = z.looseObject({ data: z.array(agentSchema) });
/** The body of `GET /agents/{id}/versions`, highest version first. */
export const agentVersionListSchema = z.looseObject({ data: z.array(agentVersionSchema) });
