import { stat } from "node:fs/promises";
import type { McpServer } from "@aod/core";
import { parse } from "smol-toml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestSandboxes, type TestSandboxes } from "../../test/support/local-sandbox.ts";
import { runtimeFor } from "./index.ts";
import { RuntimeConfigError } from "./runtime.ts";

// Real npm, git and shells, on machines that do other things as well.
let sandboxes: TestSandboxes;
beforeAll(async () => {
  sandboxes = await createTestSandboxes();
});
afterAll(() => sandboxes[Symbol.asyncDispose]());

const files: McpServer = {
  name: "files",
  type: "stdio",
  command: "npx",
  args: ["-y", "files-mcp"],
  env: { ROOT: "/w" },
};
const search: McpServer = {
  name: "search",
  url: "https://mcp.example/x",
  headers: { Authorization: "Bearer ${TOKEN}" },
};
const plain: McpServer = { name: "plain", type: "url", url: "https://mcp.example/y" };

interface Options {
  readonly model?: string;
  readonly mcpServers?: readonly McpServer[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Configures in a new sandbox and returns how to read what was written. */
async function configure(name: string, { model = "m", mcpServers = [], env = {} }: Options) {
  const sandbox = await sandboxes.create();
  await runtimeFor(name).configure({ sandbox, model, mcpServers, env });
  const text = async (path: string) => Buffer.from(await sandbox.readFile(path)).toString();
  return {
    json: async (path: string) => JSON.parse(await text(path)) as unknown,
    toml: async (path: string) => parse(await text(path)),
    mode: async (path: string) => (await stat(sandbox.resolve(path))).mode & 0o777,
  };
}

describe("claude", () => {
  const path = "/home/sprite/.claude.json";

  test("writes MCP servers, as http or stdio", async () => {
    const { json, mode } = await configure("claude", { mcpServers: [files, search, plain] });
    expect(await json(path)).toEqual({
      mcpServers: {
        files: { type: "stdio", command: "npx", args: ["-y", "files-mcp"], env: { ROOT: "/w" } },
        search: { type: "http", url: "https://mcp.example/x", headers: { Authorization: "Bearer ${TOKEN}" } },
        plain: { type: "http", url: "https://mcp.example/y" },
      },
    });
    expect(await mode(path)).toBe(0o600);
  });

  test("writes no file without MCP servers", async () => {
    const { json } = await configure("claude", {});
    await expect(json(path)).rejects.toThrow("ENOENT");
  });
});

describe("codex", () => {
  const config = "/home/sprite/.codex/config.toml";
  const auth = "/home/sprite/.codex/auth.json";
  const quiet = { check_for_update_on_startup: false, analytics: { enabled: false }, features: { plugins: false } };

  test("writes its key to auth.json, readable by nobody else", async () => {
    const { json, toml, mode } = await configure("codex", { env: { OPENAI_API_KEY: "sk-1" } });
    expect(await json(auth)).toEqual({ OPENAI_API_KEY: "sk-1" });
    expect(await mode(auth)).toBe(0o600);
    expect(await toml(config)).toEqual(quiet);
  });

  test.each([
    [{ OPENAI_API_KEY: "k" }, "OPENAI_API_KEY"],
    [{ CODEX_API_KEY: "k" }, "CODEX_API_KEY"],
    [{}, undefined],
  ])(
    "makes a provider of OPENAI_BASE_URL with %o, which names the key's variable and not the key",
    async (keys, name) => {
      const { toml } = await configure("codex", { env: { ...keys, OPENAI_BASE_URL: "http://127.0.0.1:1/v1" } });
      const provider = { name: "OPENAI_BASE_URL", base_url: "http://127.0.0.1:1/v1", wire_api: "responses" };
      expect(await toml(config)).toEqual({
        ...quiet,
        model_provider: "custom",
        model_providers: { custom: { ...provider, ...(name !== undefined && { env_key: name }) } },
      });
    },
  );

  test("writes MCP servers; a token by the name of its variable", async () => {
    const { toml } = await configure("codex", { mcpServers: [files, search, plain] });
    expect((await toml(config)).mcp_servers).toEqual({
      files: { command: "npx", args: ["-y", "files-mcp"], env: { ROOT: "/w" } },
      search: { url: "https://mcp.example/x", bearer_token_env_var: "TOKEN", required: true },
      plain: { url: "https://mcp.example/y", required: true },
    });
  });

  test.each([
    [{ Authorization: "Bearer literal-token" }],
    [{ "X-Api-Key": "${TOKEN}" }],
    [{ Authorization: "Bearer ${TOKEN}", "X-Other": "1" }],
  ])("refuses the headers %o, and says what is allowed without repeating them", async (headers) => {
    const failure = configure("codex", { mcpServers: [{ ...search, headers }] });
    await expect(failure).rejects.toThrow(RuntimeConfigError);
    await expect(failure).rejects.toThrow(/^MCP server 'search': with runtime 'codex' the only header allowed is/);
    await expect(failure).rejects.not.toThrow("literal-token");
  });
});

describe("gemini", () => {
  const path = "/home/sprite/.gemini/settings.json";
  const quiet = {
    general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: false },
  };

  test("leaves the auth type open unless there is a custom endpoint", async () => {
    const vendor = await configure("gemini", { env: { GEMINI_API_KEY: "k" } });
    expect(await vendor.json(path)).toEqual(quiet);
    const custom = await configure("gemini", { env: { GOOGLE_GEMINI_BASE_URL: "http://127.0.0.1:1" } });
    expect(await custom.json(path)).toEqual({ ...quiet, security: { auth: { selectedType: "gemini-api-key" } } });
  });

  test("trusts the agent's MCP servers", async () => {
    const { json } = await configure("gemini", { mcpServers: [files, search] });
    expect(await json(path)).toMatchObject({
      mcpServers: {
        files: { command: "npx", args: ["-y", "files-mcp"], trust: true, env: { ROOT: "/w" } },
        search: { httpUrl: "https://mcp.example/x", trust: true, headers: { Authorization: "Bearer ${TOKEN}" } },
      },
    });
  });
});

describe("opencode", () => {
  const path = "/home/sprite/.config/opencode/opencode.json";

  test.each([
    ["anthropic/claude-x", { ANTHROPIC_BASE_URL: "http://h:1" }, "anthropic", { baseURL: "http://h:1/v1" }],
    ["claude-x", { ANTHROPIC_BASE_URL: "http://h:1/v1/" }, "anthropic", { baseURL: "http://h:1/v1" }],
    ["openai/gpt-x", { OPENAI_BASE_URL: "http://h:1/v1" }, "openai", { baseURL: "http://h:1/v1" }],
    [
      "google/gemini-x",
      { GOOGLE_GEMINI_BASE_URL: "http://h:1", GEMINI_API_KEY: "k" },
      "google",
      { baseURL: "http://h:1/v1beta", apiKey: "{env:GEMINI_API_KEY}" },
    ],
    ["openai/gpt-x", { ANTHROPIC_BASE_URL: "http://h:1" }, "openai", {}],
  ])("model %s with %o", async (model, env, provider, options) => {
    const { json } = await configure("opencode", { model, env });
    const name = model.slice(model.indexOf("/") + 1);
    expect(await json(path)).toMatchObject({
      autoupdate: false,
      share: "disabled",
      provider: { [provider]: { models: { [name]: {} }, options } },
    });
  });

  test("asks a custom endpoint for titles with the agent's own model only", async () => {
    const custom = await configure("opencode", { model: "o3", env: { OPENAI_BASE_URL: "http://h:1/v1" } });
    expect(await custom.json(path)).toMatchObject({ small_model: "openai/o3" });
    const vendor = await configure("opencode", { model: "o3" });
    expect(await vendor.json(path)).not.toHaveProperty("small_model");
  });

  test("writes MCP servers in its own spelling of kinds and variables", async () => {
    const { json } = await configure("opencode", { mcpServers: [files, search] });
    expect(await json(path)).toMatchObject({
      mcp: {
        files: { type: "local", command: ["npx", "-y", "files-mcp"], environment: { ROOT: "/w" } },
        search: { type: "remote", url: "https://mcp.example/x", headers: { Authorization: "Bearer {env:TOKEN}" } },
      },
    });
  });

  test("pretends that its plugin package is installed, so that it asks no registry at start", async () => {
    const { json } = await configure("opencode", {});
    expect(await json("/home/sprite/.config/opencode/package-lock.json")).toEqual({
      packages: { "": { dependencies: { "@opencode-ai/plugin": "*" } } },
    });
  });
});

test("command refuses MCP servers instead of dropping them", async () => {
  await expect(configure("command", { mcpServers: [plain] })).rejects.toThrow("Runtime 'command' has no MCP servers");
});

const stdio = { name: "x", type: "stdio", command: "npx" };
const url = { name: "x", url: "https://mcp.example" };

describe.each(["claude", "codex", "gemini", "opencode"])("%s refuses an MCP server", (runtime) => {
  test.each([
    [{ name: "x", type: "stdio" }, "MCP server 'x': command must be a string"],
    [{ name: "x" }, "MCP server 'x': url must be a string"],
    [{ ...stdio, command: ["npx"] }, "MCP server 'x': command must be a string"],
    [{ ...stdio, args: "-y pkg" }, "MCP server 'x': args must be a list of strings"],
    [{ ...stdio, args: 5 }, "MCP server 'x': args must be a list of strings"],
    [{ ...stdio, args: ["-p", 80] }, "MCP server 'x': args must be a list of strings"],
    [{ ...stdio, env: { PORT: 80 } }, "MCP server 'x': env must be an object whose values are strings"],
    [{ ...url, headers: { X: 5 } }, "MCP server 'x': headers must be an object whose values are strings"],
    [{ ...url, headers: ["X: 5"] }, "MCP server 'x': headers must be an object whose values are strings"],
    [{ ...url, name: 5 }, "MCP server '5': name must be a string"],
  ])("like %j", async (server, message) => {
    // The wire takes values of any type, and gives them back as they came.
    const mcpServers = [server as unknown as McpServer];
    await expect(configure(runtime, { mcpServers })).rejects.toThrow(new RuntimeConfigError(message));
  });
});

test("fields of the other kind are of no interest, whatever they are", async () => {
  const server = { ...stdio, headers: 5 } as unknown as McpServer;
  const { json } = await configure("claude", { mcpServers: [server] });
  expect(await json("/home/sprite/.claude.json")).toEqual({
    mcpServers: { x: { type: "stdio", command: "npx", args: [] } },
  });
});
