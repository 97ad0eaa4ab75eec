import type { Stage } from "./stage.ts";

/** MCP servers, keys and endpoints, in the files where the runtime looks for them. */
export const runtimeConfigStage: Stage = {
  name: "runtime_config",
  applies: () => true,
  run: ({ runtime, model, mcpServers, envVars, secretEnvVars }, sandbox) =>
    runtime.configure({ sandbox, model, mcpServers, env: { ...envVars, ...secretEnvVars } }),
};
