import type { ToolCall } from "../types.ts";

const kinds = new Map<string, ToolCall["kind"]>([
  ["Bash", "shell"],
  ["BashOutput", "shell"],
  ["KillBash", "shell"],
  ["KillShell", "shell"],
  ["Monitor", "shell"],
  ["Read", "read"],
  ["NotebookRead", "read"],
  ["ReadMcpResourceTool", "read"],
  ["Write", "write"],
  ["Edit", "edit"],
  ["MultiEdit", "edit"],
  ["NotebookEdit", "edit"],
  ["Grep", "search"],
  ["Glob", "search"],
  ["LS", "search"],
  ["ToolSearch", "search"],
  ["WebFetch", "fetch"],
  ["WebSearch", "fetch"],
  ["web_fetch", "fetch"],
  ["web_search", "fetch"],
  ["Agent", "agent"],
  ["Task", "agent"],
  ["TodoWrite", "plan"],
  ["EnterPlanMode", "plan"],
  ["ExitPlanMode", "plan"],
]);

export function claudeToolKind(name: string): ToolCall["kind"] {
  return name.startsWith("mcp__") ? "mcp" : (kinds.get(name) ?? "other");
}
