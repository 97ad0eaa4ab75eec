import { expect, test } from "vitest";
import { runCommand } from "../../../test/support/run-command.ts";
import { startScriptedServer } from "../../../test/support/scripted-server.ts";
import { BrokenPipe } from "../../stop-reasons.ts";

const id = "50000000-0000-4000-8000-000000000001";
const session = {
  id,
  agent_id: null,
  environment_id: null,
  runtime: "command",
  provider: "command",
  status: "completed",
  exit_code: 0,
  created_at: "2026-11-23T11:00:00.000000+00:00",
  updated_at: "2026-11-23T11:00:00.000000+00:00",
  resources: [{ type: "github_repository", url: "https://github.com/a/b", mount_path: "/workspace/b" }],
  turn_count: 2,
  current_turn: 2,
};
const ack = { id, status: "pending", stream_url: `/sessions/${id}/stream`, current_turn: 2 };
const start = { type: "start", runtime: "command", provider: "command", session_id: id };
const events = [
  start,
  { type: "stage", id: 1, stage: "install_runtime", state: "done", duration_ms: 12 },
  { type: "turn_start", id: 2, turn: 1 },
  { type: "output", id: 2, stream: "stdout", data: "first\n", turn: 1 },
  { type: "turn_start", id: 3, turn: 2 },
  { type: "output", id: 3, stream: "stdout", data: "second\n", turn: 2 },
  { type: "output", id: 4, stream: "stderr", data: "careful\n", turn: 2 },
  { type: "exit", id: 5, code: 3 },
];

const env = (url: string) => ({ AOD_API_URL: url, AOD_API_TOKEN: "aod_test" });

test("lists sessions, filtered and cut", async () => {
  const all = [session, { ...session, id: id.replace(/1$/, "2"), status: "failed" }, session];
  await using server = await startScriptedServer({ "GET /sessions": { json: { data: all } } });
  const argv = ["sessions", "list", "--status", "completed", "--limit", "1", "--json"];
  const { stdout } = await runCommand(argv, { env: env(server.url) });
  expect(JSON.parse(stdout)).toEqual({ data: [session] });
});

test("streams output to the stream it was written to and ends with 0 when it was read to the end", async () => {
  await using server = await startScriptedServer({ [`GET /sessions/${id}/stream`]: { events } });
  const { code, stdout, stderr } = await runCommand(["sessions", "stream", id, "--stages"], { env: env(server.url) });
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: "first\nsecond\n",
    stderr: "install_runtime: done in 12 ms\ncareful\n",
  });
});

test("streams one event a line under --json, with the wire's names, unknown ones included", async () => {
  const withUnknown = [
    ...events.slice(0, 2),
    { type: "novelty", id: 9, some_field: 1 },
    { type: "exit", id: 10, code: 0 },
  ];
  await using server = await startScriptedServer({ [`GET /sessions/${id}/stream`]: { events: withUnknown } });
  const { stdout } = await runCommand(["sessions", "stream", id, "--json"], { env: env(server.url) });
  const lines = stdout.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(withUnknown);
});

test("goes on after a stale end, from where it was", async () => {
  await using server = await startScriptedServer({
    [`GET /sessions/${id}/stream`]: [
      { events: [...events.slice(0, 4), { type: "stale", id: 2, message: "No output for 600s" }] },
      { events: [start, ...events.slice(4)] },
    ],
  });
  const { code, stdout } = await runCommand(["sessions", "stream", id], { env: env(server.url) });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "first\nsecond\n" });
  expect(server.seen.at(-1)?.path).toContain("since=2");
});

test("stops quietly when the reader of its output is gone", async () => {
  await using server = await startScriptedServer({
    [`GET /sessions/${id}/stream`]: { events: events.slice(0, 4), hold: true },
  });
  const gone = new AbortController();
  const { code, stderr } = await runCommand(["sessions", "stream", id], {
    env: env(server.url),
    signal: gone.signal,
    onStdout: () => gone.abort(new BrokenPipe()),
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

test("prompts, follows only the new turn, and ends with the agent's code", async () => {
  await using server = await startScriptedServer({
    [`POST /sessions/${id}/prompt`]: { status: 202, json: ack },
    [`GET /sessions/${id}/stream`]: { events },
  });
  const argv = ["sessions", "prompt", id, "--timeout", "30", "--follow", "go", "on"];
  const { code, stdout, stderr } = await runCommand(argv, { env: env(server.url) });
  expect({ code, stdout, stderr }).toEqual({
    code: 3,
    stdout: "second\n",
    stderr: `careful\n✗ Failed · exited with status 3 · 0.0s\nSee it with: aod logs ${id}\n`,
  });
  expect(server.seen[0]?.body).toEqual({ prompt: "go on", timeout: 30 });
});

test("creates a session from references, variables and a piped prompt", async () => {
  const agentId = "a0000000-0000-4000-8000-000000000001";
  await using server = await startScriptedServer({
    "GET /agents": { json: { data: [{ id: agentId, name: "hello" }] } },
    "POST /sessions": { status: 202, json: { ...ack, current_turn: 1 } },
  });
  const argv = [
    "sessions",
    "create",
    "--agent",
    "hello",
    "--env",
    "A=1",
    "--secret",
    "KEY",
    "--repo",
    "https://github.com/a/b",
  ];
  const { code, stdout } = await runCommand(argv, {
    env: { ...env(server.url), KEY: "s3cret" },
    readStdin: () => Promise.resolve("from a pipe\n"),
  });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${id}  pending\n` });
  expect(server.seen.at(-1)?.body).toEqual({
    agent_id: agentId,
    prompt: "from a pipe\n",
    secret_env_vars: { A: "1", KEY: "s3cret" },
    resources: [{ type: "github_repository", url: "https://github.com/a/b" }],
  });
});

test.each([
  ["completed", 0],
  ["failed", 1],
  ["terminated", 1],
])("waits for the end of the turn: %s is exit code %i", async (status, expected) => {
  await using server = await startScriptedServer({
    [`GET /sessions/${id}/stream`]: { events },
    [`GET /sessions/${id}`]: { json: { ...session, status } },
  });
  const { code, stdout } = await runCommand(["sessions", "wait", id, "--json"], { env: env(server.url) });
  expect(code).toBe(expected);
  expect(JSON.parse(stdout)).toEqual({ ...session, status });
});

test("gives up waiting after the time that was given", async () => {
  await using server = await startScriptedServer({
    [`GET /sessions/${id}`]: { json: { ...session, status: "running" } },
    [`GET /sessions/${id}/stream`]: { events: events.slice(0, 1), hold: true },
  });
  const { code, stderr } = await runCommand(["sessions", "wait", id, "--timeout", "0"], { env: env(server.url) });
  expect(code).toBe(1);
  expect(stderr).toContain(`The session ${id} was not over after 0 s.`);
});

test("interrupts, terminates, deletes and lists turns", async () => {
  const turn = {
    turn_number: 1,
    prompt: "line one\nline two\u001b[31m",
    status: "completed",
    exit_code: 0,
    created_at: session.created_at,
    started_at: "2026-11-23T11:00:00.000000+00:00",
    ended_at: "2026-11-23T11:01:05.000000+00:00",
    cost_usd: 0.0123,
  };
  await using server = await startScriptedServer({
    [`POST /sessions/${id}/interrupt`]: { status: 202, json: { id, status: "running" } },
    [`POST /sessions/${id}/terminate`]: { json: { id, status: "terminated" } },
    [`DELETE /sessions/${id}/delete`]: { json: { detail: "Session deleted" } },
    [`GET /sessions/${id}/turns`]: { json: { data: [turn] } },
  });
  const run = (...argv: string[]) => runCommand(["sessions", ...argv], { env: env(server.url) });
  expect((await run("terminate", id, "--json")).stdout).toBe(`{\n  "id": "${id}",\n  "status": "terminated"\n}\n`);
  expect((await run("interrupt", id)).stdout).toBe(`Interrupting the turn of ${id}\n`);
  expect((await run("delete", id)).stdout).toBe(`Deleted ${id}\n`);
  expect((await run("turns", id)).stdout).toBe(
    "TURN  STATUS     EXIT  TOOK    COST     PROMPT\n1     completed  0     1m 05s  $0.0123  line one line two [31m\n",
  );
});

test("prints the agent events of a turn, in words or one a line", async () => {
  const agentEvents = [
    { position: 1, type: "tool_call", id: "t", name: "Bash", kind: "shell", input: { command: "ls", someKey: 1 } },
    { position: 2, type: "tool_result", id: "t", status: "success", output: "a.txt", exit_code: 0 },
    { position: 3, type: "message", role: "assistant", text: "One file.", delta: false, message_id: "m" },
    { position: 4, type: "result", verdict: "success", usage: { input_tokens: 10, cost_usd: 0.5 }, duration_ms: 1200 },
  ];
  await using server = await startScriptedServer({
    [`GET /sessions/${id}`]: { json: session },
    [`GET /sessions/${id}/turns/2/events`]: { json: { data: agentEvents, has_more: false } },
  });
  const events = (...flags: string[]) => runCommand(["sessions", "events", id, ...flags], { env: env(server.url) });
  expect((await events()).stdout).toBe("▸ Bash · ls\n  │ a.txt\n\nOne file.\n\n✓ Done · 1.2s · 10 in · $0.5000\n");
  const lines = (await events("--json")).stdout.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(agentEvents);
});

test("says how to delete a session that is still active", async () => {
  await using server = await startScriptedServer({
    [`DELETE /sessions/${id}/delete`]: { status: 409, json: { detail: "Cannot delete an active session" } },
  });
  const { code, stderr } = await runCommand(["sessions", "delete", id], { env: env(server.url) });
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: "error: Cannot delete an active session\nEnd it first: aod sessions terminate ID\n",
  });
});
