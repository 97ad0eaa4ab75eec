import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runAgent } from "../test/support/run-agent.ts";
import { startScriptedServer } from "../test/support/scripted-server.ts";

const bin = fileURLToPath(new URL("bin.ts", import.meta.url));
const id = "50000000-0000-4000-8000-000000000001";
const start = { type: "start", runtime: "command", provider: "command", session_id: id };
const output = { type: "output", id: 1, stream: "stdout", data: "hello\n", turn: 1 };

/** The real program in a process of its own. */
function aod(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ["--conditions=@aod/source", bin, ...argv], {
    env: { PATH: process.env["PATH"] ?? "", AOD_CONFIG_DIR: "/nonexistent", ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(() => ({ code: child.exitCode, signal: child.signalCode, stdout, stderr }));
  return { child, ended };
}

test("prints its version", async () => {
  const { child, ended } = aod(["--version"]);
  child.stdin.end();
  expect(await ended).toEqual({
    code: 0,
    signal: null,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    stderr: "",
  });
});

test("says what is wrong with the arguments on standard error, with exit code 2", async () => {
  const { code, stdout, stderr } = await aod(["run", "--nonsense"]).ended;
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("unknown option '--nonsense'");
});

test("reads a prompt from a pipe and ends with the agent's code", async () => {
  await using server = await startScriptedServer({
    "GET /agents": { json: { data: [runAgent] } },
    "POST /sessions": { status: 202, json: { id, status: "pending" } },
    [`GET /sessions/${id}/stream`]: { events: [start, output, { type: "exit", id: 2, code: 42 }] },
  });
  const env = { AOD_API_URL: server.url, AOD_API_TOKEN: "aod_test" };
  const { child, ended } = aod(["run", "--runtime", "command"], env);
  child.stdin.end("echo ünïcode");
  expect(await ended).toEqual({
    code: 42,
    signal: null,
    stdout: "hello\n",
    stderr: expect.stringContaining("✗ Failed") as string,
  });
  expect(server.seen.find(({ path }) => path === "/sessions")?.body).toMatchObject({ prompt: "echo ünïcode" });
});

test("interrupts the turn on Ctrl-C, and on a second one ends with 130 and says how to come back", async () => {
  await using server = await startScriptedServer({
    "GET /agents": { json: { data: [runAgent] } },
    "POST /sessions": { status: 202, json: { id, status: "pending" } },
    [`GET /sessions/${id}/stream`]: { events: [start, output], hold: true },
    [`POST /sessions/${id}/interrupt`]: { status: 202, json: { id, status: "running" } },
  });
  const env = { AOD_API_URL: server.url, AOD_API_TOKEN: "aod_test" };
  const { child, ended } = aod(["run", "--runtime", "command", "sleep 60"], env);
  child.stdout.once("data", () => child.kill("SIGINT"));
  child.stderr.once("data", () => child.kill("SIGINT"));
  const { code, stdout, stderr } = await ended;
  expect({ code, stdout }).toEqual({ code: 130, stdout: "hello\n" });
  expect(stderr).toContain(`aod attach ${id}`);
});

test("ends quietly when the reader of its output has gone", async () => {
  const many = Array.from({ length: 20_000 }, (_, index) => ({
    ...output,
    id: index + 1,
    data: "y".repeat(100) + "\n",
  }));
  await using server = await startScriptedServer({
    [`GET /sessions/${id}/stream`]: { events: [start, ...many], hold: true },
  });
  const { child, ended } = aod(["sessions", "stream", id], { AOD_API_URL: server.url, AOD_API_TOKEN: "aod_test" });
  child.stdout.once("data", () => child.stdout.destroy());
  const { code, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

test("hands flags on to the server it becomes, and ends with the server's code", async () => {
  const { code, stdout, stderr } = await aod(["serve", "--driver", "local"], { AOD_ROLE: "nonsense" }).ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("AOD_ROLE");
});

// The device that is always full exists on Linux only.
if (existsSync("/dev/full")) {
  test("says so when its output cannot be written", async () => {
    const full = await open("/dev/full", "w");
    const child = spawn(process.execPath, ["--conditions=@aod/source", bin, "--help"], {
      env: {},
      stdio: ["ignore", full.fd, "pipe"],
    });
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    await once(child, "close");
    await full.close();
    expect({ code: child.exitCode, stderr }).toEqual({
      code: 1,
      stderr: "error: Cannot write the output: ENOSPC: no space left on device, write\n",
    });
  });
}
