import type { ToolCall } from "../types.ts";

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

export function claudeToolKind(name: string): ToolCall["kind"] {
  return name.startsWith("mcp__") ? "mcp" : (kinds.get(name) ?? "other");
}
