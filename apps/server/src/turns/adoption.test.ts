import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { and, eq, sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestOwner, createTestStore } from "../../test/support/database.ts";
import { startWorkerProcess, type WorkerProcess } from "../../test/support/start-worker-process.ts";
import {
  createTurnServices,
  outputOf,
  promptTestSession,
  readEvents,
  release,
  startTestSession,
  untilReleased,
  waitForEnd,
  waitForEvents,
  type LoggedEvent,
} from "../../test/support/turn-services.ts";
import { findProcesses } from "../sandboxes/supervisor/processes.ts";
import { sessions, turns } from "../store/schema.ts";
import type { Store } from "../store/store.ts";
import { startWorker } from "./worker.ts";

let store: Store;
let services: Awaited<ReturnType<typeof createTurnServices>>;
let ownerId: string;
let dataDir: string;
let workers: WorkerProcess[];

beforeAll(async () => {
  store = await createTestStore();
  ownerId = await createTestOwner(store);
  dataDir = await mkdtemp(join(tmpdir(), "aod-adoption-"));
  services = await createTurnServices(store, { dataDir });
});

afterAll(async () => {
  await services[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true });
});

beforeEach(() => {
  workers = [];
});

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.end("SIGKILL").catch(() => undefined)));
});

async function start(): Promise<WorkerProcess> {
  const worker = await startWorkerProcess(store.connectionString, dataDir);
  workers.push(worker);
  return worker;
}

const lines = (count: number): string => `for i in $(seq 1 ${String(count)}); do echo line-$i; sleep 0.01; done`;
/** Numbered lines until it is told to stop: whatever happens meanwhile, the turn is still on. */
const linesUntilTold = "i=0; while [ ! -e stop ]; do i=$((i+1)); echo line-$i; sleep 0.01; done; echo told at $i";
const numbered = (count: number): string => Array.from({ length: count }, (_, i) => `line-${String(i + 1)}\n`).join("");
const says = (text: string) => (events: LoggedEvent[]) => outputOf(events).includes(text);

function expectWhole(events: LoggedEvent[]): void {
  expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
  expect(events.at(-1)).toMatchObject({ count: events.length - 1 });
}

function expectWholeOutput(events: LoggedEvent[]): void {
  const output = outputOf(events);
  const count = /told at (\d+)\n$/.exec(output)?.[1] ?? "0";
  expect(output).toBe(`${numbered(Number(count))}told at ${count}\n`);
  expectWhole(events);
}

async function turnRow(sessionId: string, turn = 1) {
  const [row] = await store.db
    .select()
    .from(turns)
    .where(and(eq(turns.sessionId, sessionId), eq(turns.turn, turn)));
  if (row === undefined) throw new Error("no such turn");
  return row;
}

describe("adoption", () => {
  it("loses and repeats nothing when workers are killed again and again in mid-turn [L2] [T1]", async () => {
    // It never gets as far as the next kill without the next worker.
    const wait = `case $i in 50 | 120 | 200) ${untilReleased("go-$i")};; esac`;
    const prompt = `for i in $(seq 300); do echo line-$i; sleep 0.01; ${wait}; done`;
    const id = await startTestSession(services, { ownerId, prompt });
    for (const killAt of [20, 90, 170]) {
      const worker = await start();
      await waitForEvents(services, id, says(`line-${String(killAt)}\n`));
      await worker.end("SIGKILL");
      await release(services, id, `go-${String(killAt + 30)}`);
    }
    await start();
    const events = await waitForEnd(services, id);
    expect(outputOf(events)).toBe(numbered(300));
    expectWhole(events);
    expect((await turnRow(id)).attempt).toBeGreaterThan(3);
  });

  it("finds the end of a turn that ended while no worker was there", async () => {
    const id = await startTestSession(services, { ownerId, prompt: `echo begun; ${lines(20)}; exit 3` });
    const worker = await start();
    await waitForEvents(services, id, says("begun"));
    await worker.end("SIGKILL");
    while (findProcesses({ marker: `AOD_TURN=${id}-1` }).length > 0) await new Promise(setImmediate);
    await start();
    const events = await waitForEnd(services, id);
    expect(outputOf(events)).toBe(`begun\n${numbered(20)}`);
    expect(events.at(-1)).toMatchObject({ type: "exit", code: 3 });
    expectWhole(events);
  });

  it("goes on at once after a graceful stop, and the program notices nothing", async () => {
    const id = await startTestSession(services, { ownerId, prompt: linesUntilTold });
    const worker = await start();
    await waitForEvents(services, id, says("line-10\n"));
    await worker.end("SIGTERM");
    expect(await turnRow(id)).toMatchObject({ status: "running", workerId: null });
    await start();
    await waitForEvents(services, id, says("line-50\n"));
    await release(services, id, "stop");
    expectWholeOutput(await waitForEnd(services, id));
  });

  it("takes the turn of a worker that hangs, whose writes are refused when it wakes [T1] [T2]", async () => {
    const hanging = await start();
    const id = await startTestSession(services, { ownerId, prompt: linesUntilTold });
    await waitForEvents(services, id, says("line-10\n"));
    hanging.signal("SIGSTOP");
    await start();
    await waitForEvents(services, id, says("line-60\n"));
    expect((await turnRow(id)).attempt).toBeGreaterThan(1);
    hanging.signal("SIGCONT");
    await release(services, id, "stop");
    expectWholeOutput(await waitForEnd(services, id));
  });

  it("starts a turn that was claimed and never started, once [T1]", async () => {
    const id = await startTestSession(services, { ownerId, prompt: "echo once >> ran; cat ran" });
    await store.db.execute(sql`update turns set status = 'running', attempt = 1, started_at = now(),
      worker_id = ${`${services.driver.kind}:0:0`}, lease_until = now() - interval '1 s' where session_id = ${id}`);
    await start();
    expect(outputOf(await waitForEnd(services, id))).toBe("once\n");
  });

  it("prepares a sandbox anew when its worker died while it prepared it", async () => {
    const id = await startTestSession(services, { ownerId, prompt: "ls -A" });
    const sandbox = await services.driver.create({ id, egress: { type: "unrestricted" } });
    await sandbox.writeFile("/workspace/half-made", "");
    await store.db.update(sessions).set({ sandboxRef: sandbox.ref }).where(eq(sessions.id, id));
    await store.db.execute(
      sql`update turns set status = 'running', attempt = 1, worker_id = null where session_id = ${id}`,
    );
    await start();
    const events = await waitForEnd(services, id);
    expect(outputOf(events)).toBe("");
    expect(events.at(-1)).toMatchObject({ type: "exit", code: 0 });
  });

  it("does not run a turn again whose sandbox is gone [T1]", async () => {
    const id = await startTestSession(services, { ownerId, prompt: "echo again" });
    const { ref } = await services.driver.create({ id, egress: { type: "unrestricted" } });
    await (await services.driver.attach(ref))?.destroy();
    await store.db.update(sessions).set({ sandboxRef: ref }).where(eq(sessions.id, id));
    await store.db.execute(
      sql`update turns set status = 'running', attempt = 1, worker_id = null where session_id = ${id}`,
    );
    await start();
    const events = await waitForEnd(services, id);
    expect(outputOf(events, "stderr")).toBe("turn failed: The session's sandbox is gone\n");
    expect(events.at(-1)).toMatchObject({ type: "error", message: "Session failed" });
  });

  it("fails the turn of a machine that never comes back, but not too early", async () => {
    const worker = await startWorker(services, { sweepMs: 50, lostHostSeconds: 60 });
    const [lost, patient] = await Promise.all(
      [120, 30].map(async (seconds) => {
        const id = await startTestSession(services, { ownerId });
        await waitForEnd(services, id);
        const before = (await readEvents(services, id)).length;
        await services.log.transact(id, async ({ db }) => {
          await db.insert(turns).values({
            ...{ sessionId: id, turn: 2, prompt: "", timeoutSeconds: 60, status: "running", attempt: 1 },
            ...{ hostId: "elsewhere", workerId: "elsewhere:1:1" },
            leaseUntil: new Date(Date.now() - seconds * 1000),
          });
        });
        return { id, before };
      }),
    );
    const events = await waitForEnd(services, lost!.id, lost!.before);
    expect(outputOf(events, "stderr")).toContain("did not come back");
    expect((await turnRow(patient!.id, 2)).status).toBe("running");
    await worker.close();
  });

  it("keeps a later turn on the machine that has the sandbox", async () => {
    await start();
    const id = await startTestSession(services, { ownerId, prompt: "echo first" });
    const first = await waitForEnd(services, id);
    await promptTestSession(services, id, 2, "echo second");
    await waitForEnd(services, id, first.length);
    const hosts = await Promise.all([turnRow(id, 1), turnRow(id, 2)]);
    expect(hosts[1].hostId).toBe(hosts[0].hostId);
    expect(hosts[0].hostId).not.toBeNull();
  });
});

describe("terminate", () => {
  async function terminate(id: string): Promise<void> {
    const sandboxRef = await services.log.transact(id, async ({ db, session, append }) => {
      await db.update(sessions).set({ status: "terminated", sandboxRef: null }).where(eq(sessions.id, id));
      await db.update(turns).set({ status: "failed", endedAt: new Date() }).where(eq(turns.sessionId, id));
      await append([{ type: "terminated", turn: null, fields: { message: "Session terminated" } }]);
      return session.sandboxRef;
    });
    await services.control.stop({ sessionId: id, sandboxRef });
  }

  async function waitUntilGone(id: string): Promise<void> {
    const isGone = async (): Promise<boolean> =>
      findProcesses({ marker: `AOD_TURN=${id}-1` }).length === 0 &&
      !(await services.driver.list()).some((ref) => ref.endsWith(id));
    while (!(await isGone())) await new Promise(setImmediate);
  }

  it("ends the program and removes the sandbox, and nothing is logged behind it", async () => {
    await start();
    const id = await startTestSession(services, { ownerId, prompt: `setsid sleep 300 & ${linesUntilTold}` });
    await waitForEvents(services, id, says("line-5\n"));
    await terminate(id);
    await waitUntilGone(id);
    const events = await readEvents(services, id);
    expect(events.at(-1)).toMatchObject({ type: "terminated", count: events.length - 1 });
    expect(await turnRow(id)).toMatchObject({ status: "failed", exitCode: null });
  });

  it("wins at every moment of a turn [T3] [T4]", async () => {
    await start();
    const ids = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const id = await startTestSession(services, { ownerId, prompt: "echo on; sleep 300" });
        await new Promise((resolve) => setTimeout(resolve, index * 25));
        await terminate(id);
        return id;
      }),
    );
    for (const id of ids) {
      await waitUntilGone(id);
      const events = await readEvents(services, id);
      expect(events.at(-1)).toMatchObject({ type: "terminated" });
      const [session] = await store.db.select().from(sessions).where(eq(sessions.id, id));
      expect(session?.status).toBe("terminated");
    }
  });

  it("removes what a dead worker left of sessions that were deleted meanwhile", async () => {
    const worker = await start();
    const id = await startTestSession(services, { ownerId, prompt: "echo on; sleep 300" });
    await waitForEvents(services, id, says("on\n"));
    await worker.end("SIGKILL");
    await store.db.delete(sessions).where(eq(sessions.id, id));
    await start();
    await waitUntilGone(id);
  });
});
