import type { ModelCall, ModelReply } from "./model-call.ts";

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

/** @throws Error when the CLI offers no such tool of that MCP server. */
export function mcpCall(
  { tools }: ModelCall,
  server: string,
  name: string,
  input: Record<string, unknown>,
): ModelReply {
  const tool = tools.find(
    (offered) => `${offered.namespace ?? ""}_${offered.name}`.includes(server) && offered.name.endsWith(name),
  );
  if (tool === undefined) {
    throw new Error(
      `No tool ${name} of ${server} among: ${tools.map((offered) => `${offered.namespace ?? ""}:${offered.name}`).join(", ")}`,
    );
  }
  return { tool, input };
}
