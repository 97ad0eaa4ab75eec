import type { ModelCall, ModelReply, OfferedTool } from "./model-call.ts";

/** How each CLI's shell tool takes a command, by the tool's name. */
const SHELLS: Readonly<Record<string, (command: string) => Record<string, unknown>>> = {
  Bash: (command) => ({ command, description: "Runs it" }),
  bash: (command) => ({ command, description: "Runs it" }),
  exec_command: (cmd) => ({ cmd }),
  run_shell_command: (command) => ({ command, description: "Runs it" }),
  shell: (command) => ({ command: ["bash", "-lc", command] }),
};

/** @throws Error when the CLI offers no shell tool that is known here. */
export function shellCall({ tools }: ModelCall, command: string): ModelReply {
  const tool = tools.find(({ name }) => Object.hasOwn(SHELLS, name));
  const toInput = tool && SHELLS[tool.name];
  if (tool === undefined || toInput === undefined) {
    throw new Error(`No known shell tool among: ${tools.map(({ name }) => name).join(", ")}`);
  }
  return { tool, input: toInput(command) };
}

/**
 * Calls a tool of an MCP server by the name its CLI gives it. claude and codex may offer such tools through a search
 * only; a model that has searched knows these names.
 *
 * @throws Error when the CLI neither offers the tool nor a search.
 */
export function mcpCall(
  { tools }: ModelCall,
  server: string,
  name: string,
  input: Record<string, unknown>,
): ModelReply {
  const isIt = (tool: OfferedTool) =>
    tool.namespace === undefined
      ? tool.name.endsWith(`${server}_${name}`)
      : tool.namespace.endsWith(server) && tool.name === name;
  const has = (wanted: string) => tools.some((tool) => tool.name === wanted);
  const tool = tools.find(isIt);
  if (tool !== undefined) return { tool, input };
  if (has("ToolSearch")) return { tool: { name: `mcp__${server}__${name}` }, input };
  if (has("tool_search")) return { tool: { name, namespace: `mcp__${server}` }, input };
  throw new Error(`No tool ${name} of ${server} among: ${tools.map((offered) => offered.name).join(", ")}`);
}
