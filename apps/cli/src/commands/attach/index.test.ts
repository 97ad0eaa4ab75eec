import { expect, test } from "vitest";
import { runCommand } from "../../../test/support/run-command.ts";
import { startScriptedServer } from "../../../test/support/scripted-server.ts";
import { Interrupted } from "../../run-cli.ts";

const id = "50000000-0000-4000-8000-000000000001";
const other = "50000000-0000-4000-8000-000000000002";
const session = {
  id,
  agent_id: "a0000000-0000-4000-8000-000000000001",
  environment_id: null,
  runtime: "claude",
  provider: "anthropic",
  status: "completed",
  exit_code: 0,
  created_at: "2026-11-23T11:00:00.000000+00:00",
  updated_at: "2026-11-23T11:00:00.000000+00:00",
  resources: [],
  turn_count: 2,
  current_turn: 2,
};
const line = (value: object) => `${JSON.stringify(value)}\n`;
const said = (text: string) =>
  line({ type: "assistant", message: { id: `m-${text}`, role: "assistant", content: [{ type: "text", text }] } });
const done = (text: string, cost: number) =>
  line({
    ...{ type: "result", subtype: "success", is_error: false, result: text, duration_ms: 1200, num_turns: 1 },
    model_usage_since_last_result: { sonnet: { inputTokens: 1200, outputTokens: 34, costUSD: cost } },
  });
const output = (id: number, turn: number, data: string) => ({ type: "output", id, stream: "stdout", data, turn });
const start = { type: "start", runtime: "claude", provider: "anthropic", session_id: id };
const events = [
  start,
  { type: "stage", id: 1, stage: "install_runtime", state: "started" },
  { type: "stage", id: 2, stage: "install_runtime", state: "done", duration_ms: 3210 },
  { type: "stage", id: 3, stage: "env_file", state: "done", duration_ms: 12 },
  { type: "turn_start", id: 4, turn: 1 },
  output(4, 1, said("First answer.") + done("First answer.", 0.01)),
  { type: "turn_start", id: 5, turn: 2 },
  output(5, 2, said("Second \u001b[31manswer.").slice(0, 40)),
  output(6, 2, said("Second \u001b[31manswer.").slice(40) + done("Second answer.", 0.0234)),
  { type: "exit", id: 7, code: 0 },
];
const turn = (number: number, prompt: string) => ({
  ...{ turn_number: number, prompt, status: "completed", exit_code: 0 },
  ...{ created_at: session.created_at, started_at: session.created_at, ended_at: session.updated_at },
});
const env = (url: string) => ({ AOD_API_URL: url, AOD_API_TOKEN: "aod_test" });
const answers = {
  [`GET /sessions/${id}`]: { json: session },
  [`GET /sessions/${id}/stream`]: { events },
  [`GET /sessions/${id}/turns`]: { json: { data: [turn(1, "Begin."), turn(2, "Go\non.")] } },
};

test("attach shows the current turn in words, and the verdict with usage and cost on standard error", async () => {
  await using server = await startScriptedServer(answers);
  const { code, stdout, stderr } = await runCommand(["attach", id], { env: env(server.url) });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "Second answer.\n" });
  expect(stderr).toMatch(/^✓ Done · 1\.2s · 1 model turn · 1\.2k in · 34 out · \$0\.0234\n$/);
});

test("logs shows all turns with their prompts, and how the sandbox was made on standard error", async () => {
  await using server = await startScriptedServer(answers);
  const { code, stdout, stderr } = await runCommand(["logs", id], { env: env(server.url) });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "First answer.\n\nturn 2: Go on.\nSecond answer.\n" });
  expect(stderr).toMatch(/^✓ Installed claude 3\.2s\n✓ Sandbox ready 3\.2s\n✓ Done/);
});

test.each([
  [["--raw"], events.flatMap((event) => ("data" in event ? [event.data] : [])).join("")],
  [["--json"], events.map((event) => line(event)).join("")],
])("logs %j prints them as they are", async (flags, expected) => {
  await using server = await startScriptedServer(answers);
  const { stdout, stderr } = await runCommand(["logs", id, ...flags], { env: env(server.url) });
  expect({ stdout, stderr }).toEqual({ stdout: expected, stderr: "" });
});

test("AOD_OUTPUT chooses, flags win over it, and nonsense in it is misuse", async () => {
  await using server = await startScriptedServer(answers);
  const logs = (output: string, ...flags: string[]) =>
    runCommand(["logs", id, ...flags], { env: { ...env(server.url), AOD_OUTPUT: output } });
  expect((await logs("raw")).stdout).toContain('"type":"assistant"');
  expect((await logs("raw", "--pretty", "--quiet")).stdout).toBe("First answer.\n\nturn 2: Go on.\nSecond answer.\n");
  expect(await logs("loud")).toMatchObject({ code: 2 });
});

test("logs --quiet prints nothing but the agent's output", async () => {
  await using server = await startScriptedServer(answers);
  expect((await runCommand(["logs", id, "--quiet"], { env: env(server.url) })).stderr).toBe("");
});

test("logs of a running session ends at what was written so far; --since skips what came before", async () => {
  await using server = await startScriptedServer({
    [`GET /sessions/${id}`]: { json: { ...session, status: "running" } },
    [`GET /sessions/${id}/stream`]: { events: events.slice(0, 6), hold: true },
  });
  const { code, stdout } = await runCommand(["logs", id, "--since", "1"], { env: env(server.url) });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "First answer.\n" });
  expect(server.seen.at(-1)?.path).toContain("since=1");
});

test("wait waits for all sessions and ends with 1 when one did not complete", async () => {
  const failed = { ...session, id: other, status: "failed", exit_code: 3 };
  await using server = await startScriptedServer({
    "GET /sessions": { json: { data: [session, failed] } },
    ...answers,
    [`GET /sessions/${other}`]: { json: failed },
    [`GET /sessions/${other}/stream`]: { events: [start, { type: "exit", id: 1, code: 3 }] },
  });
  const both = await runCommand(["wait", id, other, "--json"], { env: env(server.url) });
  expect(both.code).toBe(1);
  expect(JSON.parse(both.stdout)).toEqual({ data: [session, failed] });
  expect((await runCommand(["wait", id], { env: env(server.url) })).code).toBe(0);
});

test("prompt starts the next turn and shows only that; --detach returns at once", async () => {
  await using server = await startScriptedServer({
    ...answers,
    [`POST /sessions/${id}/prompt`]: { status: 202, json: { id, status: "pending", current_turn: 2 } },
  });
  const stayed = await runCommand(["prompt", id, "Go", "on."], { env: env(server.url) });
  expect(stayed).toMatchObject({ code: 0, stdout: "Second answer.\n" });
  const left = await runCommand(["prompt", id, "-d", "Go on."], { env: env(server.url) });
  expect(left.stdout).toBe(`${id}  pending\nFollow it with: aod attach ${id}\n`);
});

test("ps lists what is at work, with --all the rest", async () => {
  const running = { ...session, id: other, status: "running" };
  await using server = await startScriptedServer({
    "GET /sessions": { json: { data: [running, session] } },
    "GET /agents": { json: { data: [{ id: session.agent_id, name: "reviewer" }] } },
  });
  const { stdout } = await runCommand(["ps"], { env: env(server.url) });
  expect(stdout).toBe(
    "SESSION                               STATUS   TURN  STARTED  RUNTIME  AGENT\n" +
      `${other}  running  2     1h ago   claude   reviewer\n`,
  );
  const all = await runCommand(["ps", "--all", "--json"], { env: env(server.url) });
  expect(JSON.parse(all.stdout)).toEqual({ data: [running, session] });
});

test("ps --watch draws over what it drew before, until Ctrl-C", async () => {
  await using server = await startScriptedServer({
    "GET /sessions": [{ json: { data: [{ ...session, status: "running" }] } }, { json: { data: [] } }],
    "GET /agents": { json: { data: [] } },
  });
  const stop = new AbortController();
  const { code, stdout } = await runCommand(["ps", "--watch", "--interval", "0.1"], {
    env: { ...env(server.url), NO_COLOR: "1" },
    terminal: true,
    signal: stop.signal,
    onStdout: (text) => {
      if (text.includes("Nothing is running")) stop.abort(new Interrupted());
    },
  });
  expect(code).toBe(0);
  expect(stdout).toContain(`${id}  running`);
  expect(stdout).toContain("\u001b[2A\r\u001b[JNothing is running.");
});

test("open prints the session's page where there is one, else its stream", async () => {
  await using server = await startScriptedServer({
    [`GET /sessions/${id}`]: [{ json: session }, { json: { ...session, web_url: `/app/sessions/${id}` } }],
  });
  const open = () => runCommand(["open", id, "--json"], { env: env(server.url) });
  expect(JSON.parse((await open()).stdout)).toEqual({ id, url: `${server.url}/sessions/${id}/stream` });
  expect(JSON.parse((await open()).stdout)).toEqual({ id, url: `${server.url}/app/sessions/${id}` });
});
