// The real agent CLIs behind our real server: installed by it from the npm registry, talking to a scripted model on loopback.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, type AgentEvent, type RunResult, type SessionAck, type SessionEvent } from "@aod/sdk";
import { afterAll, beforeAll, describe, expect, test, type TestContext } from "vitest";
import { startModelEndpoint, type ModelEndpoint, type Scenario } from "../support/model-endpoint/model-endpoint.ts";
import type { ModelCall, ModelReply } from "../support/model-endpoint/model-call.ts";
import { mcpCall, shellCall } from "../support/model-endpoint/tool-calls.ts";
import { networkEnvironment } from "../support/network-environment.ts";
import { sandboxFolder } from "../support/sandbox-folder.ts";
import { startServerProcess, type ServerProcess } from "../support/server-process.ts";

interface Case {
  readonly runtime: "codex" | "opencode" | "claude" | "gemini";
  readonly model: string;
  /** Free software that has to run here; a failed install of the others is announced and passed over. */
  readonly isMandatory: boolean;
  /** The CLI's own way to a custom endpoint. */
  readonly variables: (url: string) => Record<string, string>;
}

const cases: readonly Case[] = [
  {
    runtime: "codex",
    model: "openai/gpt-4.1",
    isMandatory: true,
    variables: (url) => ({ OPENAI_API_KEY: "sk-scripted", OPENAI_BASE_URL: `${url}/v1` }),
  },
  {
    runtime: "opencode",
    model: "anthropic/claude-sonnet-4-6",
    isMandatory: true,
    variables: (url) => ({ ANTHROPIC_API_KEY: "sk-scripted", ANTHROPIC_BASE_URL: url }),
  },
  {
    runtime: "claude",
    model: "anthropic/claude-sonnet-4-6",
    isMandatory: false,
    variables: (url) => ({
      ANTHROPIC_API_KEY: "sk-scripted",
      ANTHROPIC_BASE_URL: url,
      // Its ten retries take minutes.
      CLAUDE_CODE_MAX_RETRIES: "1",
    }),
  },
  {
    runtime: "gemini",
    model: "google/gemini-2.5-pro",
    isMandatory: false,
    variables: (url) => ({ GEMINI_API_KEY: "sk-scripted", GOOGLE_GEMINI_BASE_URL: url }),
  },
];

const system = "You are terse.";
const firstPrompt = "Grüße 你好 🌍: remember the word pelican, then write a note.";
const secondPrompt = "Which word did I ask you to remember?";
/** Longer than a pipe holds, and never the same twice: one CLI takes repetition for a loop. */
const manyWords = Array.from({ length: 4_000 }, (_, index) => createHash("md5").update(String(index)).digest("hex"));
const firstAnswer = `Done — fertig ✅ 完了 ${manyWords.join(" ")} the end`;
const mcpServer = fileURLToPath(new URL("../support/model-endpoint/mcp-server.ts", import.meta.url));

/** Turn 1 uses the CLI's shell, then the MCP server, then answers; turn 2 just answers. */
function playNote(call: ModelCall): ModelReply {
  const isSecond = call.messages.some(({ role, text }) => role === "user" && text.includes(secondPrompt));
  if (isSecond) return { text: "It was pelican." };
  if (call.toolResults.length === 0) return shellCall(call, "printf 'hello 🌍' > note.txt && cat note.txt");
  if (call.toolResults.length === 1) return mcpCall(call, "demo", "add", { a: 19, b: 23 });
  return { text: firstAnswer };
}

let endpoint: ModelEndpoint;
let server: ServerProcess;
let client: Client;

beforeAll(async () => {
  endpoint = await startModelEndpoint();
  server = await startServerProcess({ program: "aod-server", env: networkEnvironment() });
  client = new Client({ baseUrl: server.url, token: server.token });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await endpoint[Symbol.asyncDispose]();
});

async function startSession({ runtime, model, variables }: Case, scenario: Scenario): Promise<SessionAck> {
  const agent = await client.agents.create({
    name: `${runtime} agent`,
    runtime,
    model,
    system,
    mcpServers: [
      { type: "stdio", name: "demo", command: process.execPath, args: [mcpServer], env: { MCP_GREETING: "hey" } },
    ],
  });
  const proxy = { HTTPS_PROXY: endpoint.proxyUrl, HTTP_PROXY: endpoint.proxyUrl, NO_PROXY: "127.0.0.1,localhost" };
  const lowerCase = Object.fromEntries(Object.entries(proxy).map(([name, value]) => [name.toLowerCase(), value]));
  return client.sessions.create({
    agentId: agent.id,
    prompt: firstPrompt,
    timeout: 300,
    secretEnvVars: { ...proxy, ...lowerCase, ...variables(scenario.url) },
  });
}

async function runSession(testCase: Case, scenario: Scenario): Promise<RunResult> {
  const { id } = await startSession(testCase, scenario);
  return client.sessions.wait(id);
}

function output(events: readonly SessionEvent[], stream: "stdout" | "stderr" = "stdout"): string {
  return events.map((event) => (event.type === "output" && event.stream === stream ? event.data : "")).join("");
}

/** Command lines of what runs in a session's sandbox, found by its HOME. */
async function processesOf(sessionId: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
    if ((await read("environ")).includes(`/${sessionId}/home`)) found.push(await read("cmdline"));
  }
  return found;
}

function describeInstallFailure(runtime: string, events: readonly SessionEvent[]): string | undefined {
  for (const event of events) {
    if (event.type === "stage" && event.stage === "install_runtime" && event.state === "failed") {
      return `NOT RUN: ${runtime}. ${event.message ?? "Its install failed."}`;
    }
  }
  return undefined;
}

describe.each(cases)("$runtime", (testCase) => {
  const { runtime, isMandatory } = testCase;
  let scenario: Scenario;
  let first: RunResult;
  let second: RunResult | undefined;

  let notRun: string | undefined;

  beforeAll(async () => {
    scenario = endpoint.scenario(runtime, playNote);
    first = await runSession(testCase, scenario);
    notRun = describeInstallFailure(runtime, first.events);
    if (notRun !== undefined) {
      if (isMandatory) throw new Error(notRun);
      process.stderr.write(`\n${"#".repeat(80)}\n# ${notRun}\n${"#".repeat(80)}\n`);
    } else if (first.session.status === "completed") {
      await client.sessions.prompt(first.session.id, { prompt: secondPrompt, timeout: 300 });
      second = await client.sessions.wait(first.session.id);
    }
  }, 1_200_000);

  function requireInstalled(context: TestContext): void {
    if (notRun !== undefined) context.skip(notRun);
  }

  test("is installed, works and ends with exit code 0", (context) => {
    requireInstalled(context);
    expect({
      status: first.session.status,
      failures: scenario.failures,
      stderr: output(first.events, "stderr"),
    }).toEqual({ status: "completed", failures: [], stderr: expect.any(String) as string });
    expect(first.session.exitCode).toBe(0);
    expect(first.verified).toBe(true);
  });

  test("is sent the system prompt and the prompt, every character of it", (context) => {
    requireInstalled(context);
    const [call] = scenario.calls();
    const asked = call?.messages
      .filter(({ role }) => role === "user")
      .map(({ text }) => text)
      .join("\n");
    expect(asked).toContain(`${system}\n\n${firstPrompt}`);
  });

  test("calls a tool of its own that writes a file in the workspace", async (context) => {
    requireInstalled(context);
    const note = join(sandboxFolder(server, first.session.id), "workspace", "note.txt");
    expect(await readFile(note, "utf8")).toBe("hello 🌍");
  });

  test("reaches the agent's MCP server, with its variables", (context) => {
    requireInstalled(context);
    const results = scenario.calls().flatMap(({ toolResults }) => toolResults);
    expect(results.join("\n")).toContain("hey: the sum is 42");
  });

  test("prints a long answer, every character of it", (context) => {
    requireInstalled(context);
    expect(output(first.events)).toContain(firstAnswer);
  });

  test("goes on with the whole conversation in the next turn", (context) => {
    requireInstalled(context);
    expect(second?.session).toMatchObject({ status: "completed", exitCode: 0 });
    const texts = scenario
      .calls()
      .at(-1)
      ?.messages.map(({ role, text }) => `${role}: ${text}`)
      .join("\n");
    expect(texts).toContain("remember the word pelican");
    expect(texts).toContain(firstAnswer);
    expect(texts).toContain(secondPrompt);
    expect(output(second?.events ?? [])).toContain("It was pelican.");
  });

  test("says what each turn came to: answer, verdict, usage and tools", async (context) => {
    requireInstalled(context);
    const { id } = first.session;
    const result = await client.sessions.result(id, { turn: 1 });
    expect(result).toMatchObject({ verdict: "success", text: firstAnswer, toolCalls: 2 });
    expect(result.tools).toHaveLength(2);
    expect(result.usage?.inputTokens).toBeGreaterThan(0);
    expect(result.usage?.outputTokens).toBeGreaterThan(0);
    expect(await client.sessions.result(id)).toMatchObject({
      verdict: "success",
      text: "It was pelican.",
      toolCalls: 0,
    });
  });

  test("tells what the agent did, in the words of all agents", async (context) => {
    requireInstalled(context);
    const events: AgentEvent[] = [];
    for await (const event of client.sessions.turnEvents(first.session.id, 1)) events.push(event);
    expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
    const calls = events.filter((event) => event.type === "tool_call");
    expect(calls.map(({ kind }) => kind)).toEqual(["shell", "mcp"]);
    const results = events.filter((event) => event.type === "tool_result");
    expect(results.map(({ id, status }) => [id, status])).toEqual(calls.map(({ id }) => [id, "success"]));
    expect(results[1]?.output).toContain("hey: the sum is 42");
    expect(events.at(-1)).toMatchObject({ type: "result", verdict: "success" });
  });

  test("is interrupted in mid-turn, and goes on with the next prompt [T4]", async (context) => {
    requireInstalled(context);
    const halting = endpoint.scenario(`${runtime}-halting`, (call) => {
      if (call.messages.some(({ role, text }) => role === "user" && text.includes(secondPrompt)))
        return { text: "Bye." };
      return call.toolResults.length === 0 ? shellCall(call, "echo kept > kept.txt") : "silence";
    });
    const { id } = await startSession(testCase, halting);
    await halting.waiting;
    expect(await client.sessions.interrupt(id)).toMatchObject({ status: "running" });
    const cut = await client.sessions.wait(id);
    await halting.hungUp;
    expect(cut.events.at(-1)).toMatchObject({ type: "exit", code: 130, interrupted: true });
    expect(cut).toMatchObject({ verified: true, session: { status: "completed", exitCode: 130 } });
    expect(await client.sessions.result(id)).toMatchObject({ status: "completed", verdict: "interrupted" });
    await expect.poll(() => processesOf(id)).toEqual([]);

    await client.sessions.prompt(id, { prompt: secondPrompt, timeout: 300 });
    const next = await client.sessions.wait(id);
    expect(next.session, output(next.events, "stderr")).toMatchObject({ status: "completed", exitCode: 0 });
    expect(await client.sessions.result(id)).toMatchObject({ verdict: "success", text: "Bye." });
    const texts = halting
      .calls()
      .at(-1)
      ?.messages.map(({ text }) => text);
    expect(texts?.join("\n")).toContain("remember the word pelican");
    expect(await readFile(join(sandboxFolder(server, id), "workspace", "kept.txt"), "utf8")).toBe("kept\n");
  });

  test("takes the next prompt when it was interrupted before it was up", async (context) => {
    requireInstalled(context);
    let isOver = false;
    // Should it be up before it is told, it waits.
    const early = endpoint.scenario(`${runtime}-early`, () => (isOver ? { text: "Here." } : "silence"));
    const { id } = await startSession(testCase, early);
    for await (const event of client.sessions.stream(id)) {
      if (event.type === "stage" && event.stage === "runtime_start") break;
    }
    await client.sessions.interrupt(id);
    expect((await client.sessions.wait(id)).session).toMatchObject({ status: "completed", exitCode: 130 });
    isOver = true;
    await client.sessions.prompt(id, { prompt: secondPrompt, timeout: 300 });
    const { session, events } = await client.sessions.wait(id);
    expect(session, output(events, "stderr")).toMatchObject({ status: "completed", exitCode: 0 });
    expect(await client.sessions.result(id)).toMatchObject({ verdict: "success", text: "Here." });
  });

  test("ends failed when its key is refused", async (context) => {
    requireInstalled(context);
    const refusing = endpoint.scenario(`${runtime}-401`, () => ({ status: 401, message: "key refused" }));
    const { session, events } = await runSession(testCase, refusing);
    expect(session.status).toBe("failed");
    expect(session.exitCode).toBeGreaterThan(0);
    expect(output(events) + output(events, "stderr")).toMatch(/401|key refused/);
  });

  test("stops asking the model when its session is terminated, and leaves no process behind [T4]", async (context) => {
    requireInstalled(context);
    const silent = endpoint.scenario(`${runtime}-silent`, () => "silence");
    const { id } = await startSession(testCase, silent);
    await silent.waiting;
    await client.sessions.terminate(id);
    await silent.hungUp;
    await expect.poll(() => processesOf(id)).toEqual([]);
    expect((await client.sessions.get(id)).status).toBe("terminated");
  });

  test("never shows its key in an event [S1]", (context) => {
    requireInstalled(context);
    expect(JSON.stringify([first.events, second?.events])).not.toContain("sk-scripted");
  });

  test("talks to nobody but the model endpoint", (context) => {
    requireInstalled(context);
    expect(endpoint.outside).toEqual([]);
  });
});
