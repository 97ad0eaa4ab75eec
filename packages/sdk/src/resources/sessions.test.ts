import { expect, test } from "vitest";
import { json, startServer } from "../../test/support/http-server.ts";
import { createAck, session, turn, without } from "../../test/support/payloads.ts";
import type { AgentEvent } from "../models/agent-event.ts";
import { clientOf, failureOf } from "../../test/support/test-client.ts";

const bodyOf = (received: { body: string } | undefined): unknown => JSON.parse(received?.body ?? "null");

const decodedResources = [
  { type: "github_repository", url: "https://github.com/me/repo", mountPath: "/workspace/repo" },
];

test("reads a whole session", async () => {
  const server = await startServer(json(200, { ...session, driver: "local", isolation: "none" }));
  expect(await clientOf(server).sessions.get("s")).toEqual({
    id: session.id,
    agentId: session.agent_id,
    environmentId: session.environment_id,
    runtime: "claude",
    provider: "anthropic",
    status: "completed",
    exitCode: 0,
    createdAt: session.created_at,
    updatedAt: session.updated_at,
    resources: decodedResources,
    turnCount: 1,
    currentTurn: 1,
    driver: "local",
    isolation: "none",
  });
  expect(server.received[0]).toMatchObject({ method: "GET", url: "/sessions/s" });
});

test("reads the sessions of servers that know one dialect only, and leave fields out", async () => {
  const bare = without(session, "provider", "resources", "exit_code", "turn_count", "current_turn");
  const server = await startServer(json(200, { data: [bare, without(session, "runtime")] }));
  const [first, second] = await clientOf(server).sessions.list();
  expect(first).toMatchObject({
    runtime: "claude",
    provider: "anthropic",
    resources: [],
    exitCode: null,
    turnCount: 0,
  });
  expect(second).toMatchObject({ runtime: "claude", provider: "anthropic" });
});

test("creates with exactly what is given and reads the whole ack", async () => {
  const server = await startServer(json(202, createAck));
  const ack = await clientOf(server).sessions.create({
    agentId: "a",
    prompt: "Print the current date.",
    timeout: 120,
    environmentId: undefined,
    resources: [
      { type: "github_repository", url: "https://github.com/me/repo.git", mountPath: undefined },
      { type: "github_repository", url: "https://github.com/me/b", mountPath: "/b", authorizationToken: "ghp_token" },
    ],
  });
  expect(server.received[0]).toMatchObject({
    method: "POST",
    url: "/sessions",
    headers: { "idempotency-key": expect.stringMatching(/^\w{32}$/) as string },
  });
  expect(bodyOf(server.received[0])).toEqual({
    agent_id: "a",
    prompt: "Print the current date.",
    timeout: 120,
    resources: [
      { type: "github_repository", url: "https://github.com/me/repo.git" },
      { type: "github_repository", url: "https://github.com/me/b", mount_path: "/b", authorization_token: "ghp_token" },
    ],
  });
  expect(ack).toEqual({
    id: session.id,
    status: "pending",
    streamUrl: createAck.stream_url,
    environmentId: null,
    resources: decodedResources,
    currentTurn: 1,
  });
});

test("sends secret environment variables unchanged", async () => {
  const server = await startServer(json(202, createAck));
  const secretEnvVars = { ANTHROPIC_API_KEY: "sk-ant-1", camelCase: "x", snake_case: "" };
  await clientOf(server).sessions.create({ agentId: "a", prompt: "", environmentId: null, secretEnvVars });
  expect(bodyOf(server.received[0])).toEqual({
    agent_id: "a",
    prompt: "",
    environment_id: null,
    secret_env_vars: { ANTHROPIC_API_KEY: "sk-ant-1", camelCase: "x", snake_case: "" },
  });
});

test("keeps secrets of a session out of errors", async () => {
  const server = await startServer((response, { body }) => {
    response.writeHead(400).end(JSON.stringify({ detail: `Invalid: ${body}` }));
  });
  const error = await failureOf(
    clientOf(server).sessions.create({
      agentId: "a",
      prompt: "p",
      secretEnvVars: { KEY: "my-own-secret" },
      resources: [{ type: "github_repository", url: "https://github.com/a/b", authorizationToken: "odd-token" }],
    }),
  );
  const shown = JSON.stringify([(error as Error).message, error]);
  expect(shown).toContain("Invalid");
  expect(shown).not.toMatch(/my-own-secret|odd-token/);
});

test("ends a used-up quota with a RateLimitError, at once", async () => {
  const detail = "Concurrent session limit reached (5/5). Terminate an active session before starting a new one.";
  const server = await startServer(json(429, { detail, limit: 5, active: 5 }));
  const error = await failureOf(clientOf(server).sessions.create({ agentId: "a", prompt: "p" }));
  expect(error).toMatchObject({ name: "RateLimitError", status: 429, detail, limit: 5, active: 5 });
  expect(server.received).toHaveLength(1);
});

test("prompts with exactly what is given", async () => {
  const ack = { id: session.id, status: "pending", stream_url: createAck.stream_url, current_turn: 2 };
  const server = await startServer(json(202, ack));
  const { sessions } = clientOf(server);
  expect(await sessions.prompt("s", { prompt: "again", timeout: 60 })).toEqual({
    id: session.id,
    status: "pending",
    streamUrl: createAck.stream_url,
    environmentId: null,
    resources: [],
    currentTurn: 2,
  });
  await sessions.prompt("s", { prompt: "again", timeout: undefined });
  expect(server.received[0]).toMatchObject({
    method: "POST",
    url: "/sessions/s/prompt",
    headers: { "idempotency-key": expect.stringMatching(/^\w{32}$/) as string },
  });
  expect(bodyOf(server.received[0])).toEqual({ prompt: "again", timeout: 60 });
  expect(bodyOf(server.received[1])).toEqual({ prompt: "again" });
});

test.each([
  "Session is already running",
  "Session has been terminated",
  "Session has failed and cannot be resumed. Start a new session.",
])("ends a prompt that is refused with %j with a ConflictError", async (detail) => {
  const server = await startServer(json(409, { detail }));
  const error = await failureOf(clientOf(server).sessions.prompt("s", { prompt: "x" }));
  expect(error).toMatchObject({ name: "ConflictError", status: 409, detail });
});

/** What servers leave out that do not decode what agents write. */
const undecoded = { verdict: null, text: null, usage: null, costUsd: null, model: null, toolCalls: null, tools: null };

test("lists turns; times may be null", async () => {
  const started = { ...turn, turn_number: 2, status: "failed", exit_code: 1, started_at: turn.created_at };
  const server = await startServer(json(200, { data: [turn, started] }));
  expect(await clientOf(server).sessions.turns("s")).toEqual([
    {
      turnNumber: 1,
      prompt: turn.prompt,
      status: "pending",
      exitCode: null,
      createdAt: turn.created_at,
      startedAt: null,
      endedAt: null,
      ...undecoded,
    },
    {
      turnNumber: 2,
      prompt: turn.prompt,
      status: "failed",
      exitCode: 1,
      createdAt: turn.created_at,
      startedAt: turn.created_at,
      endedAt: null,
      ...undecoded,
    },
  ]);
  expect(server.received[0]).toMatchObject({ method: "GET", url: "/sessions/s/turns" });
});

const decoded = {
  verdict: "success",
  text: "Done.",
  cost_usd: 0.5,
  model: "m",
  tool_calls: 2,
  tools: [{ name: "Bash", calls: 2 }],
  usage: { input_tokens: 3, output_tokens: 4, cache_read_tokens: 1, cost_usd: 0.5, new_kind_of_tokens: 9 },
};

test("tells what a turn came to, the last one unless another is asked for", async () => {
  const last = { ...turn, ...decoded, turn_number: 2, status: "completed", exit_code: 0 };
  const server = await startServer(json(200, { data: [turn, last] }));
  const { sessions } = clientOf(server);
  expect(await sessions.result("s")).toMatchObject({
    turnNumber: 2,
    status: "completed",
    exitCode: 0,
    verdict: "success",
    text: "Done.",
    costUsd: 0.5,
    usage: { inputTokens: 3, outputTokens: 4, cacheReadTokens: 1, costUsd: 0.5, newKindOfTokens: 9 },
    model: "m",
    toolCalls: 2,
    tools: [{ name: "Bash", calls: 2 }],
  });
  expect(await sessions.result("s", { turn: 1 })).toMatchObject({ turnNumber: 1, verdict: null, usage: null });
  const error = await failureOf(sessions.result("s", { turn: 3 }));
  expect(error).toMatchObject({ code: "not_found", message: "Session s has no turn 3." });
});

test("says so when a session has no turn yet", async () => {
  const server = await startServer(json(200, { data: [] }));
  expect(await failureOf(clientOf(server).sessions.result("s"))).toMatchObject({ code: "not_found" });
});

test("hands out what an agent did, page by page, only as far as the loop goes", async () => {
  const event = (position: number) => ({ position, type: "message", role: "assistant", text: "x", delta: false });
  const server = await startServer(
    json(200, { data: [event(1), event(2)], has_more: true }),
    json(200, { data: [event(3)], has_more: false }),
  );
  const positions: number[] = [];
  for await (const { position } of clientOf(server).sessions.turnEvents("s", 2)) positions.push(position);
  expect(positions).toEqual([1, 2, 3]);
  expect(server.received.map(({ url }) => url)).toEqual([
    "/sessions/s/turns/2/events?after=0&limit=1000",
    "/sessions/s/turns/2/events?after=2&limit=1000",
  ]);
});

test("stops behind an empty page, and begins where it is told to", async () => {
  const server = await startServer(json(200, { data: [], has_more: true }));
  for await (const event of clientOf(server).sessions.turnEvents("s", 1, { after: 7 })) expect(event).toBeUndefined();
  expect(server.received.map(({ url }) => url)).toEqual(["/sessions/s/turns/1/events?after=7&limit=1000"]);
});

test("renames the fields of agent events, but nothing in what a tool is given", async () => {
  const data = [
    { position: 1, type: "tool_call", id: "t", name: "Bash", kind: "shell", input: { file_path: "x" }, parent_id: "p" },
    { position: 2, type: "result", verdict: "failure", usage: { output_tokens: 1 }, model_turns: 2, a_new_field: true },
    { position: 3, type: "a_new_type", some_field: 1 },
    { position: 4, type: "result", verdict: "success", thread_usage: { input_tokens: 9 }, conversation_id: "c" },
  ];
  const server = await startServer(json(200, { data, has_more: false }));
  const events: AgentEvent[] = [];
  for await (const event of clientOf(server).sessions.turnEvents("s", 1)) events.push(event);
  expect(events).toEqual([
    { position: 1, type: "tool_call", id: "t", name: "Bash", kind: "shell", input: { file_path: "x" }, parentId: "p" },
    { position: 2, type: "result", verdict: "failure", usage: { outputTokens: 1 }, modelTurns: 2, aNewField: true },
    { position: 3, type: "a_new_type", someField: 1 },
    { position: 4, type: "result", verdict: "success", threadUsage: { inputTokens: 9 }, conversationId: "c" },
  ]);
});

test("interrupts, and says why it cannot", async () => {
  const server = await startServer(
    json(202, { id: session.id, status: "running" }),
    json(409, { detail: "Session has no active turn to interrupt" }),
  );
  const { sessions } = clientOf(server);
  expect(await sessions.interrupt("s")).toMatchObject({ id: session.id, status: "running" });
  expect(server.received[0]).toMatchObject({ method: "POST", url: "/sessions/s/interrupt", body: "" });
  expect(await failureOf(sessions.interrupt("s"))).toMatchObject({
    code: "conflict",
    detail: "Session has no active turn to interrupt",
  });
});

test("terminates, with an ack of two fields", async () => {
  const server = await startServer(json(200, { id: session.id, status: "terminated" }));
  expect(await clientOf(server).sessions.terminate("s")).toEqual({
    id: session.id,
    status: "terminated",
    streamUrl: null,
    environmentId: null,
    resources: [],
    currentTurn: null,
  });
  expect(server.received[0]).toMatchObject({ method: "POST", url: "/sessions/s/terminate", body: "" });
});

test("deletes on the /delete route and resolves to nothing", async () => {
  const server = await startServer(json(200, { detail: "Session deleted" }));
  await expect(clientOf(server).sessions.delete("s")).resolves.toBeUndefined();
  expect(server.received[0]).toMatchObject({ method: "DELETE", url: "/sessions/s/delete" });
});
