import { randomUUID } from "node:crypto";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { openOutputPipes } from "./program-pipes.ts";
import { supervise } from "./supervise.ts";
import { controlFolder, killFile, makeTurnFolder } from "./turn-folder.ts";

test("nothing is looked for any more when a turn that was ended by force is over", async () => {
  const root = mkdtempSync(join(tmpdir(), "aod-supervise-"));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => {
    vi.useRealTimers();
    rmSync(root, { recursive: true });
  });
  const folder = join(root, "turn");
  makeTurnFolder(folder);
  writeFileSync(join(folder, controlFolder, killFile), "");
  const env = { PATH: process.env["PATH"] ?? "", AOD_TURN: randomUUID() };
  const program = {
    folder,
    argv: ["sleep", "600"],
    cwd: "/",
    env,
    marker: `AOD_TURN=${env.AOD_TURN}`,
    stdin: "",
  } as const;
  const limits = { timeoutMs: 60_000, maxOutputBytes: 0, graceMs: 0, abandonAfterMs: 60_000 };
  expect(await supervise({ ...program, ...limits }, openOutputPipes(), () => undefined)).toBe(true);

  // It passes for a part of that turn, as any group does that was given the number of the turn's.
  const later = spawn("sleep", ["600"], { env, stdio: "ignore" });
  const ended = once(later, "exit");
  await once(later, "spawn");
  await vi.advanceTimersByTimeAsync(1_000);
  later.kill("SIGTERM");
  expect(await ended).toEqual([null, "SIGTERM"]);
});
