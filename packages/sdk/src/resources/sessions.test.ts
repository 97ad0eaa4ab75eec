import { expect, test } from "vitest";
import { json, startServer } from "../../test/support/http-server.ts";
import { createAck, session, turn, without } from "../../test/support/payloads.ts";
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
    },
    {
      turnNumber: 2,
      prompt: turn.prompt,
      status: "failed",
      exitCode: 1,
      createdAt: turn.created_at,
      startedAt: turn.created_at,
      endedAt: null,
    },
  ]);
  expect(server.received[0]).toMatchObject({ method: "GET", url: "/sessions/s/turns" });
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
