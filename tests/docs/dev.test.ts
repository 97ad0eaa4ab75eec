// `npm run dev`: the server, which starts again when its sources change. [D1] [T4]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { repositoryRoot } from "../architecture/workspace.ts";
import { processesNaming } from "../support/processes-naming.ts";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("npm run dev serves, starts again when a file of any workspace changes, and leaves nothing running", async () => {
  const folder = mkdtempSync(join(tmpdir(), "aod-dev-"));
  chmodSync(folder, 0o755);
  // In a group of its own, to be told to stop as Ctrl-C tells everything that a terminal started.
  const dev = spawn("npm", ["--ignore-scripts", "--no-update-notifier", "run", "dev"], {
    cwd: repositoryRoot,
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      PATH: process.env.PATH ?? "",
      HOME: folder,
      AOD_PORT: "0",
      AOD_DATA_DIR: join(folder, "data"),
      AOD_CONFIG_DIR: join(folder, "config"),
      TURBO_TELEMETRY_DISABLED: "1",
    },
  });
  const ended = once(dev, "exit");
  onTestFinished(async () => {
    if (dev.exitCode === null && dev.signalCode === null) process.kill(-dev.pid!, "SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  let output = "";
  dev.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const starts = () => output.match(/is ready at http/g)?.length ?? 0;

  await expect.poll(starts).toBeGreaterThan(0);
  const before = starts();
  const change = (): string => {
    const now = new Date();
    utimesSync(join(repositoryRoot, "packages/core/src/errors.ts"), now, now);
    return output;
  };
  // Again and again: a server that is ready has loaded the file, but Node may still be about to watch it.
  await expect.poll(change, { interval: 1_000 }).toContain("Restarting");
  // Somebody who works in this checkout meanwhile may make it more.
  await expect.poll(starts).toBeGreaterThan(before);

  const servers = [...output.matchAll(/"pid":(\d+)/g)].map(([, pid]) => Number(pid));
  expect(servers.length).toBeGreaterThan(1);
  expect(processesNaming(folder)).not.toEqual([]);
  process.kill(-dev.pid!, "SIGINT");
  await ended;
  await expect.poll(() => processesNaming(folder)).toEqual([]);
  await expect.poll(() => servers.filter(isAlive)).toEqual([]);
});
