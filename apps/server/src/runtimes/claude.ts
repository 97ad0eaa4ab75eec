import { mapServers } from "./mcp-transport.ts";
import type { McpTransport } from "./mcp-transport.ts";
import { stripProvider } from "./model-name.ts";
import type { Runtime } from "./runtime.ts";
import { toArgv } from "./to-argv.ts";

const VERSION = "2.1.330";
const PLATFORMS = new Set(["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"]);

/** Anthropic's Claude Code. Its custom endpoint, ANTHROPIC_BASE_URL, needs no config: the CLI reads it itself. */
export const claudeRuntime: Runtime = {
  name: "claude",
  skillsFolder: "/home/sprite/.claude/skills",
  skillsAgent: "claude-code",
  interruptSignal: "SIGINT",
  install: (machine) => {
    const platform = `${machine.platform}-${machine.arch}`;
    if (!PLATFORMS.has(platform)) return null;
    // The platform package alone: the wrapper package is a stub unless its install script runs.
    const name = `@anthropic-ai/claude-code-${platform}${machine.musl ? "-musl" : ""}`;
    return { version: VERSION, packages: { [name]: VERSION }, bin: `node_modules/${name}/claude` };
  },
  configure: async ({ sandbox, mcpServers }) => {
    if (mcpServers.length === 0) return;
    const config = { mcpServers: mapServers(mcpServers, toEntry) };
    await sandbox.writeFile("/home/sprite/.claude.json", JSON.stringify(config), 0o600);
  },
  hasConversation: async ({ sandbox, conversationId }) => {
    // One folder per working directory, one file per conversation; it comes about half a second after the start.
    const folder = sandbox.resolve("/home/sprite/.claude/projects");
    const found = await sandbox.exec({ argv: ["find", folder, "-name", `${conversationId}.jsonl`, "-size", "+0"] });
    return found.stdout !== "";
  },
  command: ({ model, conversationId }, { number, program }) => {
    if (conversationId === "") throw new Error("claude needs the conversation id made at session create");
    const flags = ["--dangerously-skip-permissions", "--print", "--verbose", "--output-format", "stream-json"];
    const conversation = [number === 1 ? "--session-id" : "--resume", conversationId];
    return { argv: toArgv(program, ...flags, "--model", stripProvider(model), ...conversation), env: ENV };
  },
};

const ENV = {
  // As root the CLI refuses --dangerously-skip-permissions without it, and prints nothing to stdout.
  IS_SANDBOX: "1",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  DISABLE_AUTOUPDATER: "1",
  DISABLE_ERROR_REPORTING: "1",
  DISABLE_TELEMETRY: "1",
};

function toEntry(server: McpTransport): object {
  return server.kind === "stdio"
    ? { type: "stdio", command: server.command, args: server.args, ...(server.env && { env: server.env }) }
    : { type: "http", url: server.url, ...(server.headers && { headers: server.headers }) };
}
