import { expect, test } from "vitest";
import { runCommand } from "../../../test/support/run-command.ts";
import { runAgent } from "../../../test/support/run-agent.ts";
import { startScriptedServer } from "../../../test/support/scripted-server.ts";
import { CtrlC } from "../../ctrl-c.ts";
import { BrokenPipe, Interrupted } from "../../stop-reasons.ts";

const id = "50000000-0000-4000-8000-000000000001";
const ack = { id, status: "pending", stream_url: `/sessions/${id}/stream`, current_turn: 1 };
const start = { type: "start", runtime: "command", provider: "command", session_id: id };
const output = { type: "output", id: 1, stream: "stdout", data: "hello\n", turn: 1 };

const env = (url: string) => ({ AOD_API_URL: url, AOD_API_TOKEN: "aod_test" });
const answers = (agents: object[], events: object[], hold = false) => ({
  "GET /agents": { json: { data: agents } },
  "POST /agents": { status: 201, json: runAgent },
  "POST /sessions": { status: 202, json: ack },
  [`GET /sessions/${id}/stream`]: { events: [start, ...events], hold },
});

test("makes an agent for the runtime, prints its output and ends with its code", async () => {
  await using server = await startScriptedServer(answers([], [output, { type: "exit", id: 2, code: 7 }]));
  const argv = ["run", "--runtime", "command", "--timeout", "30", "echo hello"];
  const { code, stdout, stderr } = await runCommand(argv, { env: env(server.url) });
  expect({ code, stdout, stderr }).toEqual({
    code: 7,
    stdout: "hello\n",
    stderr: `session ${id}\n✗ Failed · exited with status 7 · 0.0s\nSee it with: aod logs ${id}\n`,
  });
  expect(server.seen.map(({ method, path, body }) => ({ method, path, body }))).toEqual([
    { method: "GET", path: "/agents", body: undefined },
    {
      method: "POST",
      path: "/agents",
      body: { name: "command", runtime: "command", model: "command", system: "", metadata: { made_by: "aod run" } },
    },
    { method: "POST", path: "/sessions", body: { agent_id: runAgent.id, prompt: "echo hello", timeout: 30 } },
    { method: "GET", path: `/sessions/${id}/stream`, body: undefined },
  ]);
});

test("uses the agent that it made before", async () => {
  await using server = await startScriptedServer(answers([runAgent], [{ type: "exit", id: 1, code: 0 }]));
  const { code } = await runCommand(["run", "--runtime", "command", "true"], { env: env(server.url) });
  expect(code).toBe(0);
  expect(server.seen.map(({ method, path }) => `${method} ${path}`)).not.toContain("POST /agents");
});

test.each<[what: string, there: object, flags: string[], wanted: object]>([
  ["somebody's own of that name", { metadata: {} }, [], {}],
  ["one that was changed since", { version: 2 }, [], {}],
  ["one with a system prompt, where none is wanted", { system: "Be brief." }, [], { system: "" }],
  ["one without the system prompt that is wanted", {}, ["--system", "Be brief."], { system: "Be brief." }],
  ["one with a model, where the usual one is wanted", { model: "other" }, [], { model: "command" }],
  ["one with another model than the wanted one", {}, ["--model", "other"], { model: "other" }],
])("makes an agent of its own instead of taking %s", async (_what, there, flags, wanted) => {
  const agents = [{ ...runAgent, ...there }];
  await using server = await startScriptedServer(answers(agents, [{ type: "exit", id: 1, code: 0 }]));
  await runCommand(["run", "--runtime", "command", ...flags, "true"], { env: env(server.url) });
  const made = server.seen.find(({ method, path }) => `${method} ${path}` === "POST /agents");
  expect(made?.body).toMatchObject({ name: "command", metadata: { made_by: "aod run" }, ...wanted });
});

test("hands secrets over from the caller's environment, for this session only", async () => {
  await using server = await startScriptedServer(answers([runAgent], [{ type: "exit", id: 1, code: 0 }]));
  await runCommand(["run", "--runtime", "command", "--secret", "KEY", "--env", "A=1", "true"], {
    env: { ...env(server.url), KEY: "s3cret" },
  });
  expect(server.seen.find(({ path }) => path === "/sessions")?.body).toMatchObject({
    secret_env_vars: { A: "1", KEY: "s3cret" },
  });
});

test("ends with 1 when the session failed without an exit code, and says why", async () => {
  const failed = { type: "error", id: 2, message: "Session failed", reason: "provision failed: no network" };
  await using server = await startScriptedServer(answers([runAgent], [failed]));
  const { code, stderr } = await runCommand(["run", "--runtime", "command", "true"], { env: env(server.url) });
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `session ${id}\nThe session failed: provision failed: no network\nSee it with: aod logs ${id}\n`,
  });
});

test("says where a model key belongs when a runtime failed without one", async () => {
  const claude = { ...runAgent, name: "claude", runtime: "claude", model: "anthropic/claude-sonnet-4-6" };
  await using server = await startScriptedServer(answers([claude], [{ type: "exit", id: 1, code: 1 }]));
  const { code, stderr } = await runCommand(["run", "hi"], { env: env(server.url) });
  expect(code).toBe(1);
  expect(stderr).toContain("aod run --secret ANTHROPIC_API_KEY");
});

/** Runs until `hello` was printed, and then presses Ctrl-C so many times. */
async function interruptedRun(
  server: { readonly url: string },
  presses: number,
  onStderr: (text: string) => void = () => undefined,
) {
  const stop = new AbortController();
  const ctrlC = new CtrlC(() => stop.abort(new Interrupted()));
  return runCommand(["run", "--runtime", "command", "sleep 60"], {
    env: env(server.url),
    signal: stop.signal,
    ctrlC,
    onStderr,
    onStdout: () => {
      for (let press = 0; press < presses; press++) ctrlC.press();
    },
  });
}

test("interrupts the turn on the first Ctrl-C and ends with 130 when it is over", async () => {
  await using server = await startScriptedServer({
    ...answers([runAgent], [output], true),
    [`POST /sessions/${id}/interrupt`]: {
      status: 202,
      json: { id, status: "running" },
      then: { [`GET /sessions/${id}/stream`]: [{ type: "exit", id: 2, code: 130, interrupted: true }] },
    },
  });
  const { code, stdout, stderr } = await interruptedRun(server, 1);
  expect({ code, stdout, stderr }).toEqual({
    code: 130,
    stdout: "hello\n",
    stderr: `session ${id}\nInterrupting the turn. Ctrl-C again leaves it to itself.\n■ Interrupted · 0.0s\n`,
  });
});

test("leaves on the second Ctrl-C, and says what becomes of the turn and how to come back", async () => {
  await using server = await startScriptedServer({
    ...answers([runAgent], [output], true),
    [`POST /sessions/${id}/interrupt`]: [
      { status: 202, json: { id, status: "running" } },
      { status: 409, json: { detail: "Session has no active turn to interrupt" } },
    ],
  });
  const before = `session ${id}\nInterrupting the turn. Ctrl-C again leaves it to itself.\n`;
  expect(await interruptedRun(server, 2)).toEqual({
    code: 130,
    stdout: "hello\n",
    stderr: `${before}You left. The turn is being interrupted.\nCome back with: aod attach ${id}\n`,
  });
  const refused = await interruptedRun(server, 2);
  expect(refused.stderr).toMatch(
    `You left. The turn goes on.\nCome back with: aod attach ${id}\nEnd it with: aod sessions terminate ${id}\n`,
  );
});

test("says that the turn goes on when the reader of the output has gone", async () => {
  await using server = await startScriptedServer(answers([runAgent], [output], true));
  const stop = new AbortController();
  const { code, stderr } = await runCommand(["run", "--runtime", "command", "-q", "sleep 60"], {
    env: env(server.url),
    signal: stop.signal,
    onStdout: () => stop.abort(new BrokenPipe()),
  });
  expect(code).toBe(1);
  expect(stderr).toContain("Nobody reads the output any more. The turn goes on.\n");
});

test("says why a turn could not be interrupted, and stays", async () => {
  await using server = await startScriptedServer({
    ...answers([runAgent], [output], true),
    [`POST /sessions/${id}/interrupt`]: { status: 409, json: { detail: "Session has no active turn to interrupt" } },
  });
  const { code, stderr } = await interruptedRun(server, 1, (text) => {
    if (text.includes("could not be")) server.finish(`GET /sessions/${id}/stream`, [{ type: "exit", id: 2, code: 0 }]);
  });
  expect(code).toBe(0);
  expect(stderr).toContain("Session has no active turn to interrupt. Ctrl-C again leaves it to itself.");
});

test.each([
  [[], { stdout: `${id}  pending\n`, stderr: `Follow it with: aod attach ${id}\n` }],
  [["--quiet"], { stdout: `${id}\n`, stderr: "" }],
])("returns at once when it is told to, with data only on standard output: %j", async (flags, expected) => {
  await using server = await startScriptedServer(answers([runAgent], [output], true));
  const argv = ["run", "--runtime", "command", "--detach", ...flags, "sleep 60"];
  expect(await runCommand(argv, { env: env(server.url) })).toEqual({ code: 0, ...expected });
});

test.each(["--quiet", "--json"])("adds nothing for people under %s", async (flag) => {
  await using server = await startScriptedServer(answers([runAgent], [output, { type: "exit", id: 2, code: 7 }]));
  const { code, stderr } = await runCommand(["run", "--runtime", "command", flag, "x"], { env: env(server.url) });
  expect({ code, stderr }).toEqual({ code: 7, stderr: "" });
});

test.each([
  [["run"], "There is no prompt."],
  [["run", "--runtime", "claud", "x"], "(Did you mean claude?)"],
])("is misused without what it needs: aod %j", async (argv, message) => {
  const { code, stderr } = await runCommand(argv, { env: env("http://127.0.0.1:1") });
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

test("is misused when nothing comes from the pipe, unless the empty prompt was asked for", async () => {
  const readStdin = () => Promise.resolve("");
  const { code, stderr } = await runCommand(["run"], { env: env("http://127.0.0.1:1"), readStdin });
  expect(code).toBe(2);
  expect(stderr).toContain("There is no prompt.");
});

test("is misused when AOD_RUNTIME names no runtime", async () => {
  const { code, stderr } = await runCommand(["run", "x"], { env: { AOD_RUNTIME: "nope" } });
  expect(code).toBe(2);
  expect(stderr).toContain('There is no runtime "nope".');
});

test("takes the prompt from a pipe", async () => {
  await using server = await startScriptedServer(answers([runAgent], [{ type: "exit", id: 1, code: 0 }]));
  await runCommand(["run", "--runtime", "command", "-"], {
    env: env(server.url),
    readStdin: () => Promise.resolve("echo piped"),
  });
  expect(server.seen.find(({ path }) => path === "/sessions")?.body).toMatchObject({ prompt: "echo piped" });
});
