// A server that was told to stop ends, whatever stands in its way, and never outlives the command that started it. [T4]
import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startServerProcess, type ServerProcess } from "../support/server-process.ts";

const repositoryRoot = join(import.meta.dirname, "../..");
const serverProgram = ["--conditions=@aod/source", join(repositoryRoot, "apps/server/src/bin.ts")];

/** The scripts that run before it install dependencies, which are there. */
const npm: [string, ...string[]] = [
  "npm",
  "--ignore-scripts",
  "--no-update-notifier",
  "--prefix",
  repositoryRoot,
  "run",
  "aod",
  "--",
  "serve",
];

/** npm as a person finds it: that of a package's script runs in this repository's Node, behind a shell that hands nothing on. */
const env = {
  PATH: (process.env.PATH ?? "")
    .split(":")
    .filter((folder) => !folder.includes("node_modules"))
    .join(":"),
};

function pidOf(server: ServerProcess): number {
  const pid = /"event":"ready".*"pid":(\d+)/.exec(server.output())?.[1];
  if (pid === undefined) throw new Error(`No ready line in:\n${server.output()}`);
  return Number(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

test("answers and ends while nobody reads its log", async () => {
  const folder = await mkdtemp(join(tmpdir(), "aod-unread-"));
  const pipe = join(folder, "pipe");
  expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
  const unread = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  onTestFinished(() => {
    closeSync(unread);
    rmSync(folder, { recursive: true });
  });
  const program = ["sh", "-c", 'exec "$0" "$@" 2>"$LOG"', process.execPath, ...serverProgram] as const;
  await using server = await startServerProcess({ program, driver: null, env: { LOG: pipe, AOD_LOG_LEVEL: "debug" } });
  // Twice what a pipe holds.
  for (let round = 0; round < 600; round += 1) expect((await fetch(`${server.url}/health`)).status).toBe(200);
  expect(await server.stop()).toBe(0);
  expect(isAlive(pidOf(server))).toBe(false);
});

test("ends when its data directory was deleted under it", async () => {
  await using server = await startServerProcess({ program: "aod-server" });
  const data = join(server.folder, "data");
  const postmaster = Number(readFileSync(join(data, "postgres/postmaster.pid"), "utf8").split("\n")[0]);
  // Until nothing is put into it any more.
  await expect.poll(() => rmSync(data, { recursive: true, force: true })).toBeUndefined();
  // It notices by itself, but may take a minute.
  killIfAlive(postmaster);
  await expect.poll(() => server.output()).toContain("is gone. Put it back.");
  expect(await server.stop()).toBe(0);
  expect(isAlive(pidOf(server))).toBe(false);
});

test("ends when npm, which started it, is told to", async () => {
  await using server = await startServerProcess({ program: npm, env });
  const pid = pidOf(server);
  expect(isAlive(pid)).toBe(true);
  await server.stop();
  await expect.poll(() => isAlive(pid)).toBe(false);
});

test("ends when npm, which started it, is killed", async () => {
  await using server = await startServerProcess({ program: npm, env });
  const pid = pidOf(server);
  await server.kill();
  await expect.poll(() => isAlive(pid)).toBe(false);
});
