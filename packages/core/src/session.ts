import { z } from "zod";
import { agentEventSchema, agentUsageSchema } from "./agent-event.ts";
import { environmentVariablesField } from "./environment-variables.ts";
import { integerField, referenceField, textField } from "./lax-fields.ts";
import { resourceSchema, resourcesField } from "./resource.ts";

/** The states of a session; the real clients know no others. */
export const sessionStatuses = ["pending", "running", "completed", "failed", "terminated"] as const;
/** One of {@link sessionStatuses}. */
export type SessionStatus = (typeof sessionStatuses)[number];

/** The states of a turn; the real clients know no others. */
export const turnStatuses = ["pending", "running", "completed", "failed"] as const;
/** One of {@link turnStatuses}. */
export type TurnStatus = (typeof turnStatuses)[number];

/** A conversation of one agent in one sandbox. */
export const sessionSchema = z.looseObject({
  id: z.string(),
  /** null when the agent is gone. */
  agent_id: z.string().nullable(),
  environment_id: z.string().nullable(),
  /** Missing on servers that only know the provider dialect. */
  runtime: z.string().optional(),
  /** Missing on servers that only know the runtime dialect. */
  provider: z.string().optional(),
  status: z.enum(sessionStatuses),
  /** Of the last turn; null before its end, and when no program ended. */
  exit_code: z.number().int().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
  resources: z.array(resourceSchema).optional(),
  turn_count: z.number().int().optional(),
  current_turn: z.number().int().nullish(),
  /** What made the sandbox. Our addition. */
  driver: z.string().optional(),
  /** How far the sandbox is kept apart from the machine it runs on; `none` means not at all. Our addition. */
  isolation: z.string().optional(),
});
/** A conversation of one agent in one sandbox. See {@link sessionSchema}. */
export type Session = z.infer<typeof sessionSchema>;

/** The body of `GET /sessions`. */
export const sessionListSchema = z.looseObject({ data: z.array(sessionSchema) });

/** One prompt and what became of it. */
export const sessionTurnSchema = z.looseObject({
  /** Starts at 1. */
  turn_number: z.number().int(),
  prompt: z.string(),
  status: z.enum(turnStatuses),
  exit_code: z.number().int().nullable(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  /** How it went, judged by the output and not by the exit code alone; null until it is over. Ours, as all below. */
  verdict: z.enum(["success", "failure", "interrupted"]).nullish(),
  /** The final answer. Cut off behind 1,048,576 characters. */
  text: z.string().nullish(),
  usage: agentUsageSchema.nullish(),
  /** US dollars, where the runtime says. */
  cost_usd: z.number().nullish(),
  /** What the runtime says that it used, else what the agent asked for. */
  model: z.string().nullish(),
  /** How often a tool was called. */
  tool_calls: z.number().int().nullish(),
  /** By tool, in the order of first use; at most 100 of them. */
  tools: z.array(z.looseObject({ name: z.string(), calls: z.number().int() })).nullish(),
});
/** One prompt and what became of it. See {@link sessionTurnSchema}. */
export type SessionTurn = z.infer<typeof sessionTurnSchema>;

/** The body of `GET /sessions/{id}/turns`, first turn first. */
export const sessionTurnListSchema = z.looseObject({ data: z.array(sessionTurnSchema) });

/** What `GET /sessions/{id}/turns/{turn}/events` takes. Ours: an unknown parameter is refused. */
export const turnEventsQuerySchema = z.strictObject({
  /** Only events with a higher position. */
  after: integerField({ min: 0 }).default(0),
  /** A page may be shorter: it is kept below some megabytes. */
  limit: integerField({ min: 1, max: 1000 }).default(100),
});

/** An agent event with its place in the turn, from 1 without gaps. */
export const storedAgentEventSchema = z.intersection(z.looseObject({ position: z.number().int() }), agentEventSchema);
/** An agent event with its place in the turn, from 1 without gaps. See {@link storedAgentEventSchema}. */
export type StoredAgentEvent = z.infer<typeof storedAgentEventSchema>;

/** The body of `GET /sessions/{id}/turns/{turn}/events`: what is decoded so far, in order. */
export const turnEventsSchema = z.looseObject({
  data: z.array(storedAgentEventSchema),
  /** More are there, behind the last position of this page. */
  has_more: z.boolean(),
});

/** The 202 of `POST /sessions`. */
export const sessionCreateAckSchema = z.looseObject({
  id: z.string(),
  status: z.enum(sessionStatuses),
  /** Relative path of the event stream. */
  stream_url: z.string().nullish(),
  environment_id: z.string().nullish(),
  resources: z.array(resourceSchema).optional(),
  current_turn: z.number().int().nullish(),
});
/** The 202 of `POST /sessions`. See {@link sessionCreateAckSchema}. */
export type SessionCreateAck = z.infer<typeof sessionCreateAckSchema>;

/** The 202 of `POST /sessions/{id}/prompt`. */
export const promptAckSchema = z.looseObject({
  id: z.string(),
  status: z.enum(sessionStatuses),
  stream_url: z.string().nullish(),
  current_turn: z.number().int().nullish(),
});
/** The 202 of `POST /sessions/{id}/prompt`. See {@link promptAckSchema}. */
export type PromptAck = z.infer<typeof promptAckSchema>;

/** The 202 of `POST /sessions/{id}/interrupt`: the status before it. The session is `completed` soon after. */
export const interruptAckSchema = z.looseObject({ id: z.string(), status: z.enum(sessionStatuses) });
/** The 202 of `POST /sessions/{id}/interrupt`: the status before it. See {@link interruptAckSchema}. */
export type InterruptAck = z.infer<typeof interruptAckSchema>;

/** The 200 of `POST /sessions/{id}/terminate`. */
export const terminateAckSchema = z.looseObject({ id: z.string(), status: z.literal("terminated") });
/** The 200 of `POST /sessions/{id}/terminate`. See {@link terminateAckSchema}. */
export type TerminateAck = z.infer<typeof terminateAckSchema>;

/** Seconds that one turn may take. */
const timeoutField = () => integerField({ min: 10, max: 3600 }).default(600);

/** The body of `POST /sessions`. */
export const sessionCreateSchema = z.object({
  agent_id: textField(),
  /** May be empty. */
  prompt: textField(),
  timeout: timeoutField(),
  /** Overrides the agent's own; null and `""` fall back to it. */
  environment_id: referenceField(),
  resources: resourcesField().default([]),
  /** Variables of this session only; win over the environment's; sealed at rest, never returned. */
  secret_env_vars: environmentVariablesField().default({}),
});
/** The body of `POST /sessions`. See {@link sessionCreateSchema}. */
export type SessionCreateRequest = z.input<typeof sessionCreateSchema>;

/** The body of `POST /sessions/{id}/prompt`. The timeout is not inherited from the turn before. */
export const promptSchema = z.object({ prompt: textField(), timeout: timeoutField() });
/** The body of `POST /sessions/{id}/prompt`. See {@link promptSchema}. */
export type PromptRequest = z.input<typeof promptSchema>;
