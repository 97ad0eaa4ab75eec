import { z } from "zod";

// What an agent did, in one vocabulary for all runtimes: decoded from the raw output of its program, never instead of it.
// Every schema is loose: a newer server may add fields, and they stay readable.

const common = {
  /** The tool call whose sub-agent this belongs to; missing for the main agent. */
  parent_id: z.string().optional(),
};

/** Token counts and cost, for one turn or one model call. Missing means that the runtime does not say. */
export const agentUsageSchema = z.looseObject({
  input_tokens: z.number().optional(),
  output_tokens: z.number().optional(),
  /** Part of the input that was read from a cache. */
  cache_read_tokens: z.number().optional(),
  /** Part of the input that was written to a cache. */
  cache_write_tokens: z.number().optional(),
  /** Part of the output that was thinking. */
  reasoning_tokens: z.number().optional(),
  /** US dollars, as the runtime states or computes it. */
  cost_usd: z.number().optional(),
});

/** The program is ready; some runtimes send it more than once in a turn. */
export const agentSessionStartSchema = z.looseObject({
  ...common,
  type: z.literal("session_start"),
  /** The runtime's own id of the conversation. */
  conversation_id: z.string().optional(),
  model: z.string().optional(),
  cwd: z.string().optional(),
  tools: z.array(z.string()).optional(),
  mcp_servers: z.array(z.looseObject({ name: z.string(), status: z.string().optional() })).optional(),
});

/** Text of the agent, or of the user as the runtime echoes it. */
export const agentMessageSchema = z.looseObject({
  ...common,
  type: z.literal("message"),
  role: z.enum(["assistant", "user"]),
  text: z.string(),
  /** True: a piece that goes behind the pieces before it. False: the whole text, which repeats pieces of the same `message_id`. */
  delta: z.boolean(),
  message_id: z.string().optional(),
});

/** Reasoning, where a runtime shows it. */
export const agentThinkingSchema = z.looseObject({
  ...common,
  type: z.literal("thinking"),
  text: z.string(),
  delta: z.boolean(),
  message_id: z.string().optional(),
});

/** The agent uses a tool. Comes before its result; for runtimes that print only finished calls, right before. */
export const agentToolCallSchema = z.looseObject({
  ...common,
  type: z.literal("tool_call"),
  id: z.string(),
  /** The runtime's own name of the tool, e.g. `Bash`, `command_execution`, `run_shell_command`. */
  name: z.string(),
  /** What the tool does, the same word for all runtimes. */
  kind: z.enum(["shell", "read", "write", "edit", "search", "fetch", "agent", "mcp", "plan", "other"]),
  input: z.unknown(),
});

/** What a tool answered, in the order of the answers. */
export const agentToolResultSchema = z.looseObject({
  ...common,
  type: z.literal("tool_result"),
  /** The call's id. */
  id: z.string(),
  name: z.string().optional(),
  status: z.enum(["success", "error"]),
  /** What the tool answered, as text; missing when the runtime does not print it. */
  output: z.string().optional(),
  /** Of a shell command, where the runtime says. */
  exit_code: z.number().int().optional(),
});

/** The agent's list of steps, whole each time. */
export const agentPlanSchema = z.looseObject({
  ...common,
  type: z.literal("plan"),
  items: z.array(z.looseObject({ text: z.string(), status: z.enum(["pending", "in_progress", "completed"]) })),
});

/** What one model call used; the turn's total is on `result`. */
export const agentUsageEventSchema = z.looseObject({ ...common, type: z.literal("usage"), usage: agentUsageSchema });

/** The runtime tries something again by itself. */
export const agentRetrySchema = z.looseObject({
  ...common,
  type: z.literal("retry"),
  message: z.string(),
  attempt: z.number().int().optional(),
  max_attempts: z.number().int().optional(),
  delay_ms: z.number().optional(),
});

/** Something is odd, and the work goes on. */
export const agentWarningSchema = z.looseObject({ ...common, type: z.literal("warning"), message: z.string() });

/** Something failed. Whether the turn did is for `result` to say. */
export const agentErrorSchema = z.looseObject({
  ...common,
  type: z.literal("error"),
  message: z.string(),
  /** The runtime's own word for it. */
  code: z.string().optional(),
});

/** How the turn ended. Made by the decoder when the output ends without one. */
export const agentResultSchema = z.looseObject({
  ...common,
  type: z.literal("result"),
  verdict: z.enum(["success", "failure", "interrupted"]),
  /** The final answer. */
  text: z.string().optional(),
  /** Why it is not a success, for people. */
  reason: z.string().optional(),
  /** Of this turn alone, also where the runtime prints running totals. */
  usage: agentUsageSchema.optional(),
  /** What the whole conversation has used by now, of runtimes that print running totals. */
  thread_usage: agentUsageSchema.optional(),
  /** The runtime's own id of the conversation, of runtimes that only say it at the end. */
  conversation_id: z.string().optional(),
  duration_ms: z.number().optional(),
  /** How often the model was asked. */
  model_turns: z.number().int().optional(),
});

/** A line that the decoder does not know, as it was. Nothing is dropped. */
export const agentRawSchema = z.looseObject({
  ...common,
  type: z.literal("raw"),
  stream: z.enum(["stdout", "stderr"]),
  line: z.string(),
});

/** One thing that an agent did. */
export const agentEventSchema = z.discriminatedUnion("type", [
  agentSessionStartSchema,
  agentMessageSchema,
  agentThinkingSchema,
  agentToolCallSchema,
  agentToolResultSchema,
  agentPlanSchema,
  agentUsageEventSchema,
  agentRetrySchema,
  agentWarningSchema,
  agentErrorSchema,
  agentResultSchema,
  agentRawSchema,
]);

/** Token counts and cost, for one turn or one model call. See {@link agentUsageSchema}. */
export type AgentUsage = z.infer<typeof agentUsageSchema>;
/** One thing that an agent did. See {@link agentEventSchema}. */
export type AgentEvent = z.infer<typeof agentEventSchema>;
/** The `type` of an agent event. */
export type AgentEventType = AgentEvent["type"];
/** How the turn ended. See {@link agentResultSchema}. */
export type AgentResult = z.infer<typeof agentResultSchema>;
