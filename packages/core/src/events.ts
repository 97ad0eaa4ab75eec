import { z } from "zod";

// Every schema is loose: a newer server may add fields, and they stay readable.

const id = z.number().int();

/** What proves that a reader has seen the whole stream. */
const terminalFields = {
  /** Missing only where a foreign server has nothing to count from: a session without any output. */
  id: id.nullish(),
  /** How many events `digest` covers: all logged, non-terminal events of the session. Missing on foreign servers. */
  count: z.number().int().nonnegative().optional(),
  /** SHA-256 in lower-case hexadecimal over the `data:` JSON and one line feed of each of these events. */
  digest: z.string().optional(),
};

/** The first event of every connection. Carries no id. */
export const startEventSchema = z.looseObject({
  type: z.literal("start"),
  runtime: z.string().optional(),
  provider: z.string().optional(),
  session_id: z.string(),
});

/** A provisioning stage began or ended. */
export const stageEventSchema = z.looseObject({
  type: z.literal("stage"),
  id,
  stage: z.string(),
  state: z.enum(["started", "done", "failed"]),
  /** Milliseconds; on `done` and `failed`. */
  duration_ms: z.number().optional(),
  /** Why it failed; on `failed`. */
  message: z.string().optional(),
});

/** The events from here on belong to another turn. Its `id` is that of the event after it; it is not logged itself. */
export const turnStartEventSchema = z.looseObject({
  type: z.literal("turn_start"),
  id,
  turn: z.number().int(),
});

/** A piece of the program's output, exactly as it was written. */
export const outputEventSchema = z.looseObject({
  type: z.literal("output"),
  id,
  stream: z.enum(["stdout", "stderr"]),
  data: z.string(),
  turn: z.number().int().nullish(),
});

/** Terminal: the session's last turn ended, with the program's exit code. */
export const exitEventSchema = z.looseObject({
  type: z.literal("exit"),
  ...terminalFields,
  code: z.number().int(),
  /** True when its owner interrupted the turn; the code is 130 then. */
  interrupted: z.boolean().optional(),
});

/** Terminal: the session failed before a program could end with an exit code. */
export const errorEventSchema = z.looseObject({
  type: z.literal("error"),
  ...terminalFields,
  /** Always `Session failed`. */
  message: z.string(),
  /** What failed, for people. */
  reason: z.string().optional(),
});

/** Terminal: the session was terminated by its owner. */
export const terminatedEventSchema = z.looseObject({
  type: z.literal("terminated"),
  ...terminalFields,
  message: z.string(),
});

/** Terminal for this connection only: nothing was written for long. Not logged, so without count and digest. */
export const staleEventSchema = z.looseObject({ type: z.literal("stale"), id: id.nullish(), message: z.string() });

/** An event of a session's stream, as it is on the wire. */
export const sessionEventSchema = z.discriminatedUnion("type", [
  startEventSchema,
  stageEventSchema,
  turnStartEventSchema,
  outputEventSchema,
  exitEventSchema,
  errorEventSchema,
  terminatedEventSchema,
  staleEventSchema,
]);

/** The first event of every connection. See {@link startEventSchema}. */
export type StartEvent = z.infer<typeof startEventSchema>;
/** A provisioning stage began or ended. See {@link stageEventSchema}. */
export type StageEvent = z.infer<typeof stageEventSchema>;
/** The events from here on belong to another turn. See {@link turnStartEventSchema}. */
export type TurnStartEvent = z.infer<typeof turnStartEventSchema>;
/** A piece of the program's output, exactly as it was written. See {@link outputEventSchema}. */
export type OutputEvent = z.infer<typeof outputEventSchema>;
/** Terminal: the session's last turn ended, with the program's exit code. See {@link exitEventSchema}. */
export type ExitEvent = z.infer<typeof exitEventSchema>;
/** Terminal: the session failed before a program could end with an exit code. See {@link errorEventSchema}. */
export type ErrorEvent = z.infer<typeof errorEventSchema>;
/** Terminal: the session was terminated by its owner. See {@link terminatedEventSchema}. */
export type TerminatedEvent = z.infer<typeof terminatedEventSchema>;
/** Terminal for this connection only: nothing was written for long. See {@link staleEventSchema}. */
export type StaleEvent = z.infer<typeof staleEventSchema>;
/** An event of a session's stream, as it is on the wire. See {@link sessionEventSchema}. */
export type SessionEvent = z.infer<typeof sessionEventSchema>;

/** The `type` of an event that AoD knows. */
export type SessionEventType = SessionEvent["type"];

/** The events after which nothing follows on the same connection. */
export const terminalEventTypes = [
  "exit",
  "error",
  "terminated",
  "stale",
] as const satisfies readonly SessionEventType[];

/** The `type` of an event that ends its stream. */
export type TerminalEventType = (typeof terminalEventTypes)[number];

/** An event that ends its stream. */
export type TerminalEvent = Extract<SessionEvent, { type: TerminalEventType }>;

/** True for the events after which nothing follows on the same connection. */
export function isTerminalEvent(event: SessionEvent): event is TerminalEvent {
  return (terminalEventTypes as readonly string[]).includes(event.type);
}
