import { mapServers } from "./mcp-transport.ts";
import type { McpTransport } from "./mcp-transport.ts";
import { splitModel, withProvider } from "./model-name.ts";
import { ripgrepPackage } from "./ripgrep-package.ts";
import type { Runtime } from "./runtime.ts";
import { toArgv } from "./to-argv.ts";

const VERSION = "1.18.33";
const PLATFORMS = new Set(["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"]);
const FOLDER = "/home/sprite/.config/opencode";

/** OpenCode. */
export const opencodeRuntime: Runtime = {
  name: "opencode",
  skillsFolder: `${FOLDER}/skills`,
  skillsAgent: "opencode",
  interruptSignal: "SIGINT",
  install: (machine) => {
    const platform = `${machine.platform}-${machine.arch}`;
    if (!PLATFORMS.has(platform)) return null;
    const baseline = machine.arch === "x64" && !machine.avx2 ? "-baseline" : "";
    const name = `opencode-${platform}${baseline}${machine.musl ? "-musl" : ""}`;
    const ripgrep = ripgrepPackage(machine);
    return {
      version: VERSION,
      packages: { [name]: VERSION, ...ripgrep.packages },
      bin: `node_modules/${name}/bin/opencode`,
      pathFolders: ripgrep.pathFolders,
    };
  },
  configure: async ({ sandbox, model, mcpServers, env }) => {
    const config = {
      $schema: "https://opencode.ai/config.json",
      autoupdate: false,
      share: "disabled",
      ...providerConfig(withProvider(model), env),
      ...(mcpServers.length > 0 && { mcp: mapServers(mcpServers, toEntry) }),
    };
    await sandbox.writeFile(`${FOLDER}/opencode.json`, JSON.stringify(config), 0o600);
    // At every start it installs @opencode-ai/plugin from the npm registry into its config folder, unless these two say it is there.
    const lock = { packages: { "": { dependencies: { "@opencode-ai/plugin": "*" } } } };
    await sandbox.writeFile(`${FOLDER}/package-lock.json`, JSON.stringify(lock));
    await sandbox.writeFile(`${FOLDER}/node_modules/.keep`, "");
  },
  command: ({ model }, { number, program }) => {
    const flags = ["run", "--model", withProvider(model), "--format", "json", "--auto"];
    return { argv: toArgv(program, ...flags, ...(number === 1 ? [] : ["--continue"])), env: ENV };
  },
};

const ENV = {
  OPENCODE_DISABLE_AUTOUPDATE: "1",
  OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
  OPENCODE_DISABLE_MODELS_FETCH: "1",
};

/** How each provider's SDK inside opencode wants its base URL: the variable, and the path that the variable leaves out. */
const ENDPOINTS = {
  anthropic: { variable: "ANTHROPIC_BASE_URL", suffix: "/v1" },
  openai: { variable: "OPENAI_BASE_URL", suffix: "" },
  google: { variable: "GOOGLE_GEMINI_BASE_URL", suffix: "/v1beta" },
} as const;

/** Makes the agent's model known whatever the CLI's bundled list says, and points its provider to a custom endpoint. */
function providerConfig(model: string, env: Readonly<Record<string, string>>): object {
  const { provider, name } = splitModel(model);
  if (provider === null) return {};
  const { variable, suffix } = ENDPOINTS[provider];
  const url = env[variable]?.replace(/\/+$/, "");
  const options = {
    ...(url && { baseURL: url.endsWith(suffix) ? url : url + suffix }),
    // Google's SDK looks for another variable than everybody else's GEMINI_API_KEY.
    ...(provider === "google" && env.GEMINI_API_KEY && { apiKey: "{env:GEMINI_API_KEY}" }),
  };
  return {
    provider: { [provider]: { models: { [name]: {} }, options } },
    // Titles would go to a smaller model that a custom endpoint may not have.
    ...(url && { small_model: model }),
  };
}

function toEntry(server: McpTransport): object {
  return server.kind === "stdio"
    ? { type: "local", command: [server.command, ...server.args], ...(server.env && { environment: server.env }) }
    : { type: "remote", url: server.url, ...(server.headers && { headers: toOpencodeVariables(server.headers) }) };
}

/** `${NAME}`, as the other CLIs write a variable, in opencode's own spelling. */
function toOpencodeVariables(headers: Readonly<Record<string, string>>): object {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace(/\$\{(\w+)\}/g, "{env:$1}")]),
  );
}
