import { describe, expect, test } from "vitest";
import { runtimeFor } from "./index.ts";
import { stripProvider, withProvider } from "./model-name.ts";

const conversationId = "5b1f6a3e-7c0d-4b52-9a11-000000000001";
const claude = "--dangerously-skip-permissions --print --verbose --output-format stream-json --model claude-sonnet-4-6";
const codex = "-m gpt-5.5 --dangerously-bypass-approvals-and-sandbox --json --skip-git-repo-check";
const gemini = "--output-format stream-json --yolo --model gemini-2.5-pro";
const opencode = "run --model anthropic/claude-sonnet-4-6 --format json --auto";

describe("command lines", () => {
  test.each([
    ["claude", "anthropic/claude-sonnet-4-6", 1, `claude ${claude} --session-id ${conversationId}`],
    ["claude", "claude-sonnet-4-6", 2, `claude ${claude} --resume ${conversationId}`],
    ["codex", "openai/gpt-5.5", 1, `codex exec ${codex}`],
    ["codex", "openai/gpt-5.5", 2, `codex exec resume --last ${codex}`],
    ["gemini", "google/gemini-2.5-pro", 1, `gemini ${gemini}`],
    ["gemini", "google/gemini-2.5-pro", 3, `gemini --resume latest ${gemini}`],
    ["opencode", "anthropic/claude-sonnet-4-6", 1, `opencode ${opencode}`],
    ["opencode", "claude-sonnet-4-6", 2, `opencode ${opencode} --continue`],
  ])("%s with %s, turn %i", (name, model, number, expected) => {
    const { argv } = runtimeFor(name).command({ model, conversationId, command: null }, { number, program: [name] });
    expect(argv.join(" ")).toBe(expected);
  });

  test("an interpreter stands before the program", () => {
    const context = { model: "google/gemini-2.5-pro", conversationId, command: null };
    const { argv } = runtimeFor("gemini").command(context, { number: 1, program: ["/bin/node", "/gemini.js"] });
    expect(argv.slice(0, 3)).toEqual(["/bin/node", "/gemini.js", "--output-format"]);
  });

  test.each([
    [null, ["bash"]],
    [[], ["bash"]],
    [
      ["python3", "-", "a b"],
      ["python3", "-", "a b"],
    ],
  ])("runtime command runs %j as %j in every turn", (command, argv) => {
    for (const number of [1, 2]) {
      const context = { model: "command", conversationId, command };
      expect(runtimeFor("command").command(context, { number, program: [] }).argv).toEqual(argv);
    }
  });

  test("claude refuses a later turn without its conversation id", () => {
    const context = { model: "claude-sonnet-4-6", conversationId: "", command: null };
    expect(() => runtimeFor("claude").command(context, { number: 2, program: ["claude"] })).toThrow("conversation id");
  });
});

test("variables that keep the CLIs quiet and let them run as root", () => {
  const context = { model: "m", conversationId, command: null };
  const variables = ["claude", "codex", "gemini", "opencode", "command"].map((name) => [
    name,
    Object.keys(runtimeFor(name).command(context, { number: 1, program: [name] }).env),
  ]);
  expect(Object.fromEntries(variables)).toEqual({
    claude: [
      "IS_SANDBOX",
      "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
      "DISABLE_AUTOUPDATER",
      "DISABLE_ERROR_REPORTING",
      "DISABLE_TELEMETRY",
    ],
    codex: [],
    gemini: ["COLORTERM", "GEMINI_CLI_TRUST_WORKSPACE", "GEMINI_CLI_NO_RELAUNCH"],
    opencode: ["OPENCODE_DISABLE_AUTOUPDATE", "OPENCODE_DISABLE_LSP_DOWNLOAD", "OPENCODE_DISABLE_MODELS_FETCH"],
    command: [],
  });
});

test.each(["bash", "toString", "constructor", ""])("refuses %j, which is no runtime", (name) => {
  expect(() => runtimeFor(name)).toThrow(`Unknown runtime '${name}'`);
});

test.each([
  ["anthropic/claude-sonnet-4-6", "claude-sonnet-4-6", "anthropic/claude-sonnet-4-6"],
  ["claude-sonnet-4-6", "claude-sonnet-4-6", "anthropic/claude-sonnet-4-6"],
  ["o3", "o3", "openai/o3"],
  ["gpt-4.1", "gpt-4.1", "openai/gpt-4.1"],
  ["gemini-2.5-pro", "gemini-2.5-pro", "google/gemini-2.5-pro"],
  ["acme/coder", "acme/coder", "acme/coder"],
  ["openai/acme/coder", "acme/coder", "openai/acme/coder"],
  ["coder", "coder", "coder"],
])("model %s is %s without and %s with its provider", (model, bare, full) => {
  expect([stripProvider(model), withProvider(model)]).toEqual([bare, full]);
});
