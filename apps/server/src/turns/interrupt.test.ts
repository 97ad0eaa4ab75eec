import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asc, eq, sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTestOwner, createTestStore } from "../../test/support/database.ts";
import { startWorkerProcess, type WorkerProcess } from "../../test/support/start-worker-process.ts";
import {
  createTestEnvironment,
  createTurnServices,
  installStandIn,
  outputOf,
  promptTestSession,
  startTestSession,
  waitForEnd,
  waitForEvents,
} from "../../test/support/turn-services.ts";
import { interruptSession } from "../operations/interrupt-session.ts";
import { findProcesses } from "../sandboxes/supervisor/processes.ts";
import type { Services } from "../services.ts";
import { sessions, turns } from "../store/schema.ts";
import type { Store } from "../store/store.ts";
import { startWorker, type RunningWorker } from "./worker.ts";

let store: Store;
let services: Awaited<ReturnType<typeof createTurnServices>>;
let ownerId: string;
let dataDir: string;
let worker: RunningWorker | null = null;
let processes: WorkerProcess[] = [];

beforeAll(async () => {
  store = await createTestStore();
  ownerId = await createTestOwner(store);
  dataDir = await mkdtemp(join(tmpdir(), "aod-interrupt-"));
  services = await createTurnServices(store, { dataDir, graceMs: 300 });
  await installStandIn(services);
});

afterAll(async () => {
  await services[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true });
});

afterEach(async () => {
  await worker?.close();
  worker = null;
  await Promise.all(processes.map((process) => process.end("SIGKILL").catch(() => undefined)));
  processes = [];
});

const startHere = async (interruptGraceMs = 5_000) => {
  worker = await startWorker(services, { interruptGraceMs });
};
const startElsewhere = async (): Promise<WorkerProcess> => {
  const started = await startWorkerProcess(store.connectionString, dataDir);
  processes.push(started);
  return started;
};
const says = (id: string, text: string) => waitForEvents(services, id, (events) => outputOf(events).includes(text));

/** As the route does it. */
async function interrupt(sessionId: string): Promise<string> {
  const found = await interruptSession(services as unknown as Services, { ownerId, sessionId });
  if (found.runningTurn !== null) await services.control.interrupt({ sessionId, turn: found.runningTurn });
  return found.status;
}

const turnRows = (id: string) => store.db.select().from(turns).where(eq(turns.sessionId, id)).orderBy(asc(turns.turn));
const sessionRow = async (id: string) => (await store.db.select().from(sessions).where(eq(sessions.id, id)))[0];
const cutShort = { status: "completed", exitCode: 130, verdict: "interrupted" };

/** Prompts the session as the API does it. @returns what the next turn printed */
async function goOn(id: string, turn: number, prompt: string): Promise<string> {
  const lastSeq = (await sessionRow(id))?.lastSeq ?? 0;
  await promptTestSession(services, id, turn, prompt);
  const events = await waitForEnd(services, id, lastSeq);
  return outputOf(events.filter((event) => event.id > lastSeq));
}

describe("interrupt", () => {
  it("ends the program, and the session goes on in the same sandbox", async () => {
    await startHere();
    const id = await startTestSession(services, { ownerId, prompt: "echo kept > file; echo ready; sleep 60; echo no" });
    await says(id, "ready");
    expect(await interrupt(id)).toBe("running");
    const events = await waitForEnd(services, id);
    expect(events.at(-1)).toMatchObject({ type: "exit", code: 130, interrupted: true, count: events.length - 1 });
    expect(outputOf(events)).toBe("ready\n");
    expect(await turnRows(id)).toMatchObject([cutShort]);
    expect(await sessionRow(id)).toMatchObject({ status: "completed", exitCode: 130 });
    expect(await goOn(id, 2, "cat file")).toBe("kept\n");
    expect(await turnRows(id)).toMatchObject([cutShort, { status: "completed", exitCode: 0, verdict: "success" }]);
  });

  it("leaves a program time to end in its own way", async () => {
    await startHere(60_000);
    const prompt = `trap 'echo tidied; exit 0' INT; echo ready; for i in $(seq 600); do sleep 0.1; done`;
    const id = await startTestSession(services, { ownerId, prompt });
    await says(id, "ready");
    await interrupt(id);
    const events = await waitForEnd(services, id);
    expect(outputOf(events)).toBe("ready\ntidied\n");
    expect(await turnRows(id)).toMatchObject([cutShort]);
  });

  it("ends a program by force that does not listen, with everything it started [T4]", async () => {
    await startHere(200);
    const prompt = `trap '' INT TERM; setsid sleep 61 & echo ready; while :; do sleep 0.1; done`;
    const id = await startTestSession(services, { ownerId, prompt });
    await says(id, "ready");
    await interrupt(id);
    await waitForEnd(services, id);
    expect(await turnRows(id)).toMatchObject([cutShort]);
    expect(findProcesses({ marker: `AOD_TURN=${id}-1` })).toEqual([]);
    expect(await goOn(id, 2, "echo fine")).toBe("fine\n");
  });

  it("reaches a worker of another process", async () => {
    await startElsewhere();
    const id = await startTestSession(services, { ownerId, prompt: "echo ready; sleep 60" });
    await says(id, "ready");
    await interrupt(id);
    expect((await waitForEnd(services, id)).at(-1)).toMatchObject({ code: 130, interrupted: true });
  });

  it("is carried out when the message to the worker was lost", async () => {
    await startElsewhere();
    const id = await startTestSession(services, { ownerId, prompt: "echo ready; sleep 60" });
    await says(id, "ready");
    await interruptSession(services as unknown as Services, { ownerId, sessionId: id });
    await waitForEnd(services, id);
    expect(await turnRows(id)).toMatchObject([cutShort]);
  });

  it("is carried out by the next worker when the one of the turn is dead", async () => {
    const dead = await startElsewhere();
    const id = await startTestSession(services, { ownerId, prompt: "echo ready; sleep 60" });
    await says(id, "ready");
    await dead.end("SIGKILL");
    await interrupt(id);
    await startElsewhere();
    await waitForEnd(services, id);
    expect(await turnRows(id)).toMatchObject([{ ...cutShort, attempt: 2 }]);
  });

  it("of a waiting turn lets no worker start it; the next prompt is the first", async () => {
    const options = { ownerId, runtime: "claude", system: "echo system;", prompt: "touch started" } as const;
    const id = await startTestSession(services, options);
    expect(await interrupt(id)).toBe("pending");
    await startHere();
    expect(await goOn(id, 2, "ls -A; echo second")).toBe("system\nsecond\n");
    expect(await turnRows(id)).toMatchObject([
      { ...cutShort, startedAt: null },
      { status: "completed", exitCode: 0 },
    ]);
    expect(await goOn(id, 3, "echo third")).toBe("third\n");
  });

  it("sends the system prompt again as long as nobody knows of a conversation", async () => {
    await installStandIn(services, "codex");
    await startHere();
    const options = { ownerId, runtime: "codex", system: "echo system;", prompt: "sleep 60" } as const;
    const id = await startTestSession(services, options);
    await says(id, "system");
    await interrupt(id);
    await waitForEnd(services, id);
    expect(await goOn(id, 2, "echo second")).toBe("system\nsecond\n");
    expect(await goOn(id, 3, "echo third")).toBe("third\n");
  });

  it("of a later waiting turn leaves the sandbox as it was", async () => {
    await startHere();
    const id = await startTestSession(services, { ownerId, prompt: "echo kept > file" });
    await waitForEnd(services, id);
    await worker?.close();
    worker = null;
    await promptTestSession(services, id, 2, "rm file");
    await store.db.update(sessions).set({ status: "pending" }).where(eq(sessions.id, id));
    expect(await interrupt(id)).toBe("pending");
    await startHere();
    expect(await goOn(id, 3, "cat file")).toBe("kept\n");
  });

  it("stops preparations, and the next prompt begins anew", async () => {
    await startHere();
    const flag = join(dataDir, "prepared-once");
    const setupScript = `touch half; [ -e ${flag} ] || { touch ${flag}; sleep 60; }`;
    const environmentId = await createTestEnvironment(services, ownerId, { setupScript });
    const id = await startTestSession(services, { ownerId, environmentId, prompt: "echo never" });
    await expect.poll(() => existsSync(flag)).toBe(true);
    await interrupt(id);
    const events = await waitForEnd(services, id);
    expect(outputOf(events)).toBe("");
    expect(await turnRows(id)).toMatchObject([cutShort]);
    expect(await sessionRow(id)).toMatchObject({ status: "completed", sandboxRef: null, firstTurn: 2 });
    expect(await goOn(id, 2, "echo now")).toBe("now\n");
  });

  it("comes too late for a turn that has ended", async () => {
    await startHere();
    const id = await startTestSession(services, { ownerId, prompt: "true" });
    await waitForEnd(services, id);
    await expect(interrupt(id)).rejects.toThrow("no_active_turn");
    expect(await turnRows(id)).toMatchObject([{ exitCode: 0, verdict: "success", interruptRequestedAt: null }]);
  });

  it("does not follow a session into its next turn", async () => {
    await startHere();
    const id = await startTestSession(services, { ownerId, prompt: "true" });
    await waitForEnd(services, id);
    await store.db.execute(sql`update turns set interrupt_requested_at = now() where session_id = ${id}`);
    await services.control.interrupt({ sessionId: id, turn: 1 });
    expect(await goOn(id, 2, "sleep 1.5; echo whole")).toBe("whole\n");
  });
});
