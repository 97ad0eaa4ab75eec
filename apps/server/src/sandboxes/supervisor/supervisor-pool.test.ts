import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { TurnRecord } from "../sandbox-driver.ts";
import { identifyProcess, isRunning, type ProcessIdentity } from "./processes.ts";
import { FolderTurn } from "./supervised-turn.ts";
import { SupervisorPool } from "./supervisor-pool.ts";
import { makeTurnFolder, readClaim } from "./turn-folder.ts";

let folder: string;
let pool: SupervisorPool;
let spare: ProcessIdentity;

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "aod-pool-")), "turn");
  makeTurnFolder(folder);
  pool = new SupervisorPool();
  const others = children();
  pool.warm();
  const [pid] = children().filter((child) => !others.includes(child));
  spare = identifyProcess(pid!);
});

afterEach(() => {
  vi.useRealTimers();
  pool.close();
  rmSync(join(folder, ".."), { recursive: true });
});

/** Children of this process. */
function children(): number[] {
  const pids = readdirSync("/proc").filter((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      return stat.slice(stat.lastIndexOf(")")).split(" ")[2] === String(process.pid);
    } catch {
      return false;
    }
  });
  return pids.map(Number);
}

const turnId = randomUUID();
const marker = `AOD_TURN=${turnId}`;

function start(): Promise<"started" | "claimed"> {
  const env = { PATH: process.env["PATH"] ?? "", AOD_TURN: turnId };
  const limits = { timeoutMs: 60_000, maxOutputBytes: 0, graceMs: 500, abandonAfterMs: 60_000 };
  return pool.start({ folder, argv: ["echo", "ran"], cwd: "/", env, marker, stdin: "", ...limits });
}

async function readRecords(): Promise<TurnRecord[]> {
  const claim = readClaim(folder);
  if (claim?.kind !== "supervisor") throw new Error("No supervisor has claimed the folder");
  const turn = new FolderTurn({ id: "t", folder, marker, supervisor: claim.supervisor });
  const records: TurnRecord[] = [];
  for await (const record of turn.records({ offset: 0, signal: new AbortController().signal })) records.push(record);
  return records;
}

const ranOnce = [{ type: "output" }, { type: "end", end: { reason: "exit", code: 0 } }];

test("a turn starts although the spare supervisor has just died", async () => {
  process.kill(spare.pid, "SIGKILL");
  expect(await start()).toBe("started");
  expect(await readRecords()).toMatchObject(ranOnce);
});

test("a turn starts although the spare supervisor hangs, which is then ended", async () => {
  process.kill(spare.pid, "SIGSTOP");
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const started = start();
  await vi.advanceTimersByTimeAsync(10_000);
  vi.useRealTimers();
  expect(await started).toBe("started");
  expect(await readRecords()).toMatchObject(ranOnce);
  await expect.poll(() => isRunning(spare)).toBe(false);
});

test("a supervisor that has answered in time is left alone by a process that was held up meanwhile", async () => {
  // Timers run before pipes are read; so does what follows an immediate.
  await new Promise(setImmediate);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const started = start();
  // Held up: the answer is there before the program is, and is not read.
  while (!existsSync(join(folder, "program")));
  vi.advanceTimersByTime(10_000);
  vi.useRealTimers();
  expect(await started).toBe("started");
  expect(await readRecords()).toMatchObject(ranOnce);
});
