import type { AgentEvent } from "@aod/core";
import { toObject } from "./json-line.ts";
import { planEvent } from "./plan-event.ts";
import type { ToolCall } from "./types.ts";

/** The call, and behind it the plan when it writes one: all runtimes that have such a tool name its steps `todos`. */
export function toolCallEvents(call: ToolCall): AgentEvent[] {
  const plan = call.kind === "plan" ? planEvent(toObject(call.input).todos) : undefined;
  return plan ? [call, plan] : [call];
}
