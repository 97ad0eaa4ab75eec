import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalDriver } from "../local/local-driver.ts";
import type { Sandbox, TurnEnd } from "../sandbox-driver.ts";
import { findProcesses } from "./processes.ts";

let folder: string;
let sandbox: Sandbox;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "aod-limit-"));
  const driver = new LocalDriver({ folder, hostId: "here", graceMs: 200 });
  sandbox = await driver.create({ id: "s", egress: { type: "unrestricted" } });
});

afterAll(async () => {
  await sandbox.destroy();
  rmSync(folder, { recursive: true });
});

async function run(script: string, maxOutputBytes: number) {
  const id = randomUUID();
  const turn = await sandbox.startTurn({
    id,
    argv: ["bash", "-c", script],
    cwd: sandbox.paths.workspace,
    env: { PATH: process.env["PATH"] ?? "" },
    stdin: "",
    timeoutMs: 600_000,
    maxOutputBytes,
  });
  const output: Uint8Array[] = [];
  let end: TurnEnd | undefined;
  for await (const record of turn.records({ offset: 0, signal: new AbortController().signal })) {
    if (record.type === "end") end = record.end;
    else output.push(record.bytes);
  }
  return { output: Buffer.concat(output).toString(), id, end };
}

describe("a limit of output", () => {
  it("ends a program that writes without an end, and keeps what it wrote until then", async () => {
    const { output, end } = await run("echo first; exec yes", 1_000_000);
    expect(end).toEqual({ reason: "output", maxBytes: 1_000_000 });
    expect(output.startsWith("first\ny\n")).toBe(true);
    expect(output.length).toBeGreaterThan(1_000_000);
    // One read of the pipe more than was allowed.
    expect(output.length).toBeLessThan(1_000_000 + 70_000);
  });

  it("ends what it started as well, also when a closed output does not end it", async () => {
    const { id, end } = await run(
      `trap "" PIPE TERM; setsid sleep 300 & while :; do seq 1000 2>/dev/null; done`,
      5_000,
    );
    expect(end).toEqual({ reason: "output", maxBytes: 5_000 });
    expect(findProcesses({ marker: `AOD_TURN=${id}` })).toEqual([]);
  });

  it("counts both streams, and says so of a program that had ended by then", async () => {
    const { end } = await run("head -c 3000 /dev/zero; head -c 3000 /dev/zero >&2", 5_000);
    expect(end).toEqual({ reason: "output", maxBytes: 5_000 });
  });

  it("allows exactly so much", async () => {
    const { output, end } = await run("head -c 5000 /dev/zero", 5_000);
    expect(end).toEqual({ reason: "exit", code: 0 });
    expect(output.length).toBe(5_000);
  });
});
