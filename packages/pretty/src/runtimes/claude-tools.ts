import type { AgentEvent } from "@aod/core";
import { toObject } from "../json-line.ts";
import { planEvent } from "../plan-event.ts";

type ToolCall = Extract<AgentEvent, { type: "tool_call" }>;

const kinds: ReadonlyMap<string, ToolCall["kind"]> = new Map(
  Object.entries({
    shell: ["Bash", "BashOutput", "KillBash", "KillShell", "Monitor"],
    read: ["Read", "NotebookRead", "ReadMcpResourceTool"],
    write: ["Write"],
    edit: ["Edit", "MultiEdit", "NotebookEdit"],
    search: ["Grep", "Glob", "LS", "ToolSearch"],
    fetch: ["WebFetch", "WebSearch", "web_fetch", "web_search"],
    agent: ["Agent", "Task"],
    plan: ["TodoWrite", "EnterPlanMode", "ExitPlanMode"],
  } as const).flatMap(([kind, names]) => names.map((name) => [name, kind as ToolCall["kind"]] as const)),
);

/** The call, and the plan when the call writes one. */
export function toolCallEvents({ id, name, input }: Pick<ToolCall, "id" | "name" | "input">): AgentEvent[] {
  const kind = name.startsWith("mcp__") ? "mcp" : (kinds.get(name) ?? "other");
  const call: ToolCall = { type: "tool_call", id, name, kind, input: input ?? {} };
  const plan = name === "TodoWrite" ? planEvent(toObject(input).todos) : undefined;
  return plan ? [call, plan] : [call];
}
