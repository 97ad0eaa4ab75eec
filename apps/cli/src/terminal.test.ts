import { screenOf } from "@aod/testing/terminal";
import { expect, test } from "vitest";
import { runAgent } from "../test/support/run-agent.ts";
import { startScriptedServer } from "../test/support/scripted-server.ts";
import { startAodOnTerminal } from "../test/support/terminal.ts";

const id = "50000000-0000-4000-8000-000000000001";
const start = { type: "start", runtime: "command", provider: "command", session_id: id };
const started = { type: "stage", id: 1, stage: "install_runtime", state: "started" };
const done = { type: "stage", id: 2, stage: "install_runtime", state: "done", duration_ms: 1234 };
const begins = { type: "turn_start", id: 3, turn: 1 };
const output = { type: "output", id: 3, stream: "stdout", data: "hello\n", turn: 1 };
const exit = { type: "exit", id: 4, code: 0 };
const interrupt = { status: 202, json: { id, status: "running" } };
const stream = `GET /sessions/${id}/stream`;

const answers = (events: object[], hold = true) => ({
  "GET /agents": { json: { data: [runAgent] } },
  "POST /sessions": { status: 202, json: { id, status: "pending", current_turn: 1 } },
  [stream]: { events: [start, ...events], hold },
});
const run = ["run", "--runtime", "command", "x"];
const env = (url: string) => ({ AOD_API_URL: url, AOD_API_TOKEN: "aod_test", LANG: "C.UTF-8" });
const ctrlC = "\u0003";

test("a spinner with the time it took turns into a line, and leaves nothing of itself behind", async () => {
  await using server = await startScriptedServer({
    ...answers([started]),
    [`POST /sessions/${id}/interrupt`]: { ...interrupt, then: { [stream]: [done, begins, output, exit] } },
  });
  const terminal = startAodOnTerminal(run, env(server.url));
  await terminal.shows("Installing command");
  // Frames follow each other by themselves, and the seconds go on.
  await terminal.shows("⠙");
  await terminal.shows(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏].*(0\.[1-9]|[1-9]\d*\.\d)s/);
  terminal.type(ctrlC);
  expect(await terminal.exitCode).toBe(130);
  expect(terminal.output()).toContain("\u001b[36m");
  const screen = screenOf(terminal.output());
  expect(screen).toContain("✓ Installed command 1.2s\n✓ Sandbox ready 1.2s\nhello\n");
  expect(screen).not.toMatch(/Installing|⠙|at work/);
});

test("Ctrl-C interrupts the turn and stays for its end", async () => {
  await using server = await startScriptedServer({
    ...answers([begins, output]),
    [`POST /sessions/${id}/interrupt`]: {
      ...interrupt,
      then: {
        [stream]: [
          { ...output, id: 4, data: "bye\n" },
          { ...exit, id: 5, code: 130, interrupted: true },
        ],
      },
    },
  });
  const terminal = startAodOnTerminal(run, env(server.url));
  await terminal.shows("hello");
  terminal.type(ctrlC);
  expect(await terminal.exitCode).toBe(130);
  expect(screenOf(terminal.output())).toMatch(/hello\n[\s\S]*Interrupting the turn\.[\s\S]*bye\n[\s\S]*■ Interrupted/);
});

test("Ctrl-C twice leaves the turn to itself and says how to come back", async () => {
  await using server = await startScriptedServer({
    ...answers([begins, output]),
    [`POST /sessions/${id}/interrupt`]: interrupt,
  });
  const terminal = startAodOnTerminal(run, env(server.url));
  await terminal.shows("hello");
  terminal.type(ctrlC);
  await terminal.shows("Interrupting the turn.");
  terminal.type(ctrlC);
  expect(await terminal.exitCode).toBe(130);
  expect(screenOf(terminal.output())).toContain(
    `You left. The turn is being interrupted.\nCome back with: aod attach ${id}\n`,
  );
});

test("a narrow terminal gets lines that fit", async () => {
  await using server = await startScriptedServer({
    ...answers([started, done, { ...started, id: 3, stage: "provision_setup" }]),
    [`POST /sessions/${id}/interrupt`]: { ...interrupt, then: { [stream]: [exit] } },
  });
  const terminal = startAodOnTerminal(run, env(server.url), { columns: 24 });
  await terminal.shows("Installing pa");
  terminal.type(ctrlC);
  await terminal.exitCode;
  const frames = terminal
    .output()
    .split("\r\u001b[K")
    .filter((frame) => /[⠋⠙⠹⠸]/.test(frame))
    .map((frame) => screenOf(frame.split("\r")[0] ?? "").replace("^C", ""));
  expect(frames.length).toBeGreaterThan(0);
  expect(Math.max(...frames.map((frame) => frame.length))).toBeLessThan(24);
});

test("NO_COLOR and TERM=dumb are heeded on a terminal", async () => {
  await using server = await startScriptedServer(answers([started, done, begins, output, exit], false));
  const plain = startAodOnTerminal(run, { ...env(server.url), NO_COLOR: "1" });
  await plain.exitCode;
  expect(plain.output()).not.toMatch(/\u001b\[\d+m/);
  const dumb = startAodOnTerminal(run, { ...env(server.url), TERM: "dumb" });
  await dumb.exitCode;
  expect(dumb.output()).not.toContain("\u001b");
  expect(dumb.output()).toContain("✓ Installed command 1.2s\r\n✓ Sandbox ready 1.2s\r\nhello\r\n");
});

test("login does not show the key that is typed", async () => {
  await using server = await startScriptedServer({
    "GET /agents": { status: 401, json: { detail: "Invalid API key" } },
  });
  const terminal = startAodOnTerminal(["login", "--url", server.url], { LANG: "C.UTF-8" });
  await terminal.shows("API key for");
  terminal.type("aod_typed\r");
  expect(await terminal.exitCode).toBe(1);
  expect(server.seen.map(({ authorization }) => authorization)).toEqual(["Bearer aod_typed"]);
  expect(terminal.output()).not.toContain("aod_typed");
});
