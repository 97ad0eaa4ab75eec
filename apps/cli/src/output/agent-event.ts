import type { Decoder } from "@aod/pretty";

/** One thing that an agent did. */
export type AgentEvent = ReturnType<Decoder["write"]>[number];
/** How a turn ended. */
export type AgentResult = Extract<AgentEvent, { type: "result" }>;
