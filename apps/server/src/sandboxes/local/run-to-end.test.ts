import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExecResult, Sandbox } from "../sandbox-driver.ts";
import { identifyProcess, isRunning, sendSignal } from "../supervisor/processes.ts";
import { LocalDriver } from "./local-driver.ts";

let folder: string;
let sandbox: Sandbox;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "aod-run-"));
  sandbox = await new LocalDriver({ folder, hostId: "here" }).create({ id: "s", egress: { type: "unrestricted" } });
});

afterAll(async () => {
  await sandbox.destroy();
  rmSync(folder, { recursive: true });
});

const env = { PATH: process.env["PATH"] ?? "" };
const run = (script: string): Promise<ExecResult> => sandbox.exec({ argv: ["bash", "-c", script], env });

/** Prints the pid once the daemon is one: what it writes to is behind `exec`. */
const daemon = (output: string): string =>
  `cd /; read pid < <(env -i setsid sh -c 'echo $$; exec sleep 300 ${output}'); echo $pid`;

describe("a daemon that left its group, its environment and the sandbox's folders", () => {
  it("is known by the output that it still holds, and ended [T4]", async () => {
    const { stdout, exitCode } = await run(daemon(">&2"));
    expect(exitCode).toBe(0);
    expect(isRunning(identifyProcess(Number(stdout)))).toBe(false);
  });

  it("does not keep the caller waiting when it cannot be known at all", async () => {
    const { stdout } = await run(daemon("3>&2 >/dev/null 2>&1"));
    expect(sendSignal(Number(stdout), "SIGKILL")).toBe(true);
  });

  it("is ended behind a turn as well [T4]", async () => {
    const turn = await sandbox.startTurn({
      id: randomUUID(),
      argv: ["bash", "-c", daemon(">&2")],
      cwd: sandbox.paths.workspace,
      env,
      stdin: "",
      timeoutMs: 60_000,
    });
    let stdout = "";
    for await (const record of turn.records({ offset: 0, signal: new AbortController().signal })) {
      if (record.type === "output") stdout += Buffer.from(record.bytes).toString();
    }
    expect(isRunning(identifyProcess(Number(stdout)))).toBe(false);
  });
});
