import { mapServers } from "./mcp-transport.ts";
import type { McpTransport } from "./mcp-transport.ts";
import { stripProvider } from "./model-name.ts";
import type { Runtime } from "./runtime.ts";
import { toArgv } from "./to-argv.ts";

const VERSION = "0.61.0";

/** Google's Gemini CLI. */
export const geminiRuntime: Runtime = {
  name: "gemini",
  skillsFolder: "/home/sprite/.gemini/skills",
  skillsAgent: "gemini-cli",
  interruptSignal: "SIGINT",
  install: () => ({
    version: VERSION,
    packages: { "@google/gemini-cli": VERSION },
    bin: "node_modules/@google/gemini-cli/bundle/gemini.js",
    interpreter: "node",
  }),
  configure: async ({ sandbox, mcpServers, env }) => {
    const settings = {
      general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
      // With a base URL the CLI takes its auth type for "gateway", which headless runs reject; nothing but this setting helps.
      ...(env.GOOGLE_GEMINI_BASE_URL && { security: { auth: { selectedType: "gemini-api-key" } } }),
      ...(mcpServers.length > 0 && { mcpServers: mapServers(mcpServers, toEntry) }),
    };
    await sandbox.writeFile("/home/sprite/.gemini/settings.json", JSON.stringify(settings), 0o600);
  },
  command: ({ model }, { number, program }) => {
    const resume = number === 1 ? [] : ["--resume", "latest"];
    const flags = ["--output-format", "stream-json", "--yolo", "--model", stripProvider(model)];
    return { argv: toArgv(program, ...resume, ...flags), env: ENV };
  },
};

const ENV = {
  // Spares every turn a warning on stderr.
  COLORTERM: "truecolor",
  GEMINI_CLI_TRUST_WORKSPACE: "true",
  // Otherwise it starts itself again as a child, and signals to its pid are swallowed.
  GEMINI_CLI_NO_RELAUNCH: "1",
};

function toEntry(server: McpTransport): object {
  return server.kind === "stdio"
    ? { command: server.command, args: server.args, trust: true, ...(server.env && { env: server.env }) }
    : { httpUrl: server.url, trust: true, ...(server.headers && { headers: server.headers }) };
}
