import type { Runtime } from "./runtime.ts";
import { RuntimeConfigError } from "./runtime.ts";
import { toArgv } from "./to-argv.ts";

/** Runs the agent's own argv with the prompt on standard input. Needs no key and installs nothing. */
export const commandRuntime: Runtime = {
  name: "command",
  interruptSignal: "SIGINT",
  configure: ({ mcpServers }) =>
    mcpServers.length === 0
      ? Promise.resolve()
      : Promise.reject(new RuntimeConfigError("Runtime 'command' has no MCP servers. Remove them from the agent.")),
  // Each turn stands for itself.
  hasConversation: () => Promise.resolve(true),
  command: ({ command }) => ({ argv: toArgv(command === null || command.length === 0 ? ["bash"] : command), env: {} }),
};
