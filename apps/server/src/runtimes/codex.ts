import { stringify } from "smol-toml";
import { mapServers } from "./mcp-transport.ts";
import type { McpTransport } from "./mcp-transport.ts";
import { stripProvider } from "./model-name.ts";
import type { Runtime } from "./runtime.ts";
import { RuntimeConfigError } from "./runtime.ts";
import { toArgv } from "./to-argv.ts";

const VERSION = "0.169.0";
const TARGETS: Readonly<Record<string, string>> = {
  "linux-x64": "x86_64-unknown-linux-musl",
  "linux-arm64": "aarch64-unknown-linux-musl",
  "darwin-x64": "x86_64-apple-darwin",
  "darwin-arm64": "aarch64-apple-darwin",
};

/** OpenAI's Codex. */
export const codexRuntime: Runtime = {
  name: "codex",
  skillsFolder: "/home/sprite/.codex/skills",
  skillsAgent: "codex",
  interruptSignal: "SIGINT",
  install: ({ platform, arch }) => {
    const target = TARGETS[`${platform}-${arch}`];
    if (target === undefined) return null;
    const vendor = `node_modules/@openai/codex/vendor/${target}`;
    return {
      version: VERSION,
      packages: { "@openai/codex": `${VERSION}-${platform}-${arch}` },
      bin: `${vendor}/bin/codex`,
      pathFolders: [`${vendor}/codex-path`],
    };
  },
  configure: async ({ sandbox, mcpServers, env }) => {
    const config = {
      check_for_update_on_startup: false,
      ...providerConfig(env),
      analytics: { enabled: false },
      features: { plugins: false },
      ...(mcpServers.length > 0 && { mcp_servers: mapServers(mcpServers, toEntry) }),
    };
    await sandbox.writeFile("/home/sprite/.codex/config.toml", stringify(config), 0o600);
    const key = env.OPENAI_API_KEY;
    // codex exec ignores the bare variable.
    if (key) await sandbox.writeFile("/home/sprite/.codex/auth.json", JSON.stringify({ OPENAI_API_KEY: key }), 0o600);
  },
  command: ({ model }, { number, program }) => {
    const start = number === 1 ? ["exec"] : ["exec", "resume", "--last"];
    const flags = ["--dangerously-bypass-approvals-and-sandbox", "--json", "--skip-git-repo-check"];
    return { argv: toArgv(program, ...start, "-m", stripProvider(model), ...flags), env: {} };
  },
};

/** A custom endpoint needs a provider of its own: codex exec does not read OPENAI_BASE_URL. */
function providerConfig(env: Readonly<Record<string, string>>): object {
  const baseUrl = env.OPENAI_BASE_URL;
  if (!baseUrl) return {};
  const keyName = ["OPENAI_API_KEY", "CODEX_API_KEY"].find((name) => env[name]);
  return {
    model_provider: "custom",
    model_providers: {
      custom: {
        name: "OPENAI_BASE_URL",
        base_url: baseUrl,
        wire_api: "responses",
        ...(keyName !== undefined && { env_key: keyName }),
      },
    },
  };
}

function toEntry(server: McpTransport, name: string): object {
  if (server.kind === "stdio") {
    return { command: server.command, args: [...server.args], ...(server.env && { env: server.env }) };
  }
  return { url: server.url, ...bearerToken(server.headers ?? {}, name), required: true };
}

/** Tokens reach codex by the name of a variable only: its config file has no place for other headers. */
function bearerToken(headers: Readonly<Record<string, string>>, name: string): object {
  const [header, ...others] = Object.entries(headers);
  if (header === undefined) return {};
  const variable = /^Bearer \$\{(\w+)\}$/.exec(header[1])?.[1];
  if (others.length > 0 || header[0].toLowerCase() !== "authorization" || variable === undefined) {
    throw new RuntimeConfigError(
      `MCP server '${name}': with runtime 'codex' the only header allowed is "Authorization: Bearer \${VARIABLE}". Put the token into an environment variable of the session and name it there.`,
    );
  }
  return { bearer_token_env_var: variable };
}
