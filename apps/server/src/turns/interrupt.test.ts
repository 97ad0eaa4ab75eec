import { existsSync } from "node:fs";
import { join } from "node:path";
import { asc, eq, sql } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import {
  createTestEnvironment,
  installStandIn,
  outputOf,
  promptTestSession,
  startTestSession,
  waitForEnd,
  waitForEvents,
} from "../../test/support/turn-services.ts";
import { setUpTurnTest } from "../../test/support/turn-test.ts";
import { interruptSession } from "../operations/interrupt-session.ts";
import { findProcesses } from "../sandboxes/supervisor/processes.ts";
import type { Services } from "../services.ts";
import { sessions, turns } from "../store/schema.ts";

const test = setUpTurnTest({ graceMs: 300 });

beforeAll(() => installStandIn(test.services));

const says = (id: string, text: string) =>
  waitForEvents(test.services, id, (events) => outputOf(events).includes(text));

/** As the route does it. */
async function interrupt(sessionId: string): Promise<string> {
  const found = await interruptSession(test.services as unknown as Services, { ownerId: test.ownerId, sessionId });
  if (found.runningTurn !== null) await test.services.control.interrupt({ sessionId, turn: found.runningTurn });
  return found.status;
}

const turnRows = (id: string) =>
  test.store.db.select().from(turns).where(eq(turns.sessionId, id)).orderBy(asc(turns.turn));
const sessionRow = async (id: string) => (await test.store.db.select().from(sessions).where(eq(sessions.id, id)))[0];
const cutShort = { status: "completed", exitCode: 130, verdict: "interrupted" };

/** Prompts the session as the API does it. @returns what the next turn printed */
async function goOn(id: string, turn: number, prompt: string): Promise<string> {
  const lastSeq = (await sessionRow(id))?.lastSeq ?? 0;
  await promptTestSession(test.services, id, turn, prompt);
  const events = await waitForEnd(test.services, id, lastSeq);
  return outputOf(events.filter((event) => event.id > lastSeq));
}

describe("interrupt", () => {
  it("ends the program, and the session goes on in the same sandbox", async () => {
    await test.startHere();
    const id = await startTestSession(test.services, {
      ownerId: test.ownerId,
      prompt: "echo kept > file; echo ready; sleep 60; echo no",
    });
    await says(id, "ready");
    expect(await interrupt(id)).toBe("running");
    const events = await waitForEnd(test.services, id);
    expect(events.at(-1)).toMatchObject({ type: "exit", code: 130, interrupted: true, count: events.length - 1 });
    expect(outputOf(events)).toBe("ready\n");
    expect(await turnRows(id)).toMatchObject([cutShort]);
    expect(await sessionRow(id)).toMatchObject({ status: "completed", exitCode: 130 });
    expect(await goOn(id, 2, "cat file")).toBe("kept\n");
    expect(await turnRows(id)).toMatchObject([cutShort, { status: "completed", exitCode: 0, verdict: "success" }]);
  });

  it("leaves a program time to end in its own way", async () => {
    await test.startHere({ interruptGraceMs: 60_000 });
    const prompt = `trap 'echo tidied; exit 0' INT; echo ready; for i in $(seq 600); do sleep 0.1; done`;
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt });
    await says(id, "ready");
    await interrupt(id);
    const events = await waitForEnd(test.services, id);
    expect(outputOf(events)).toBe("ready\ntidied\n");
    expect(await turnRows(id)).toMatchObject([cutShort]);
  });

  it("ends a program by force that does not listen, with everything it started [T4]", async () => {
    await test.startHere({ interruptGraceMs: 200 });
    const prompt = `trap '' INT TERM; setsid sleep 61 & echo ready; while :; do sleep 0.1; done`;
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt });
    await says(id, "ready");
    await interrupt(id);
    await waitForEnd(test.services, id);
    expect(await turnRows(id)).toMatchObject([cutShort]);
    expect(findProcesses({ marker: `AOD_TURN=${id}-1` })).toEqual([]);
    expect(await goOn(id, 2, "echo fine")).toBe("fine\n");
  });

  it("reaches a worker of another process", async () => {
    await test.startProcess();
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "echo ready; sleep 60" });
    await says(id, "ready");
    await interrupt(id);
    expect((await waitForEnd(test.services, id)).at(-1)).toMatchObject({ code: 130, interrupted: true });
  });

  it("is carried out when the message to the worker was lost", async () => {
    await test.startProcess();
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "echo ready; sleep 60" });
    await says(id, "ready");
    await interruptSession(test.services as unknown as Services, { ownerId: test.ownerId, sessionId: id });
    await waitForEnd(test.services, id);
    expect(await turnRows(id)).toMatchObject([cutShort]);
  });

  it("is carried out by the next worker when the one of the turn is dead", async () => {
    const dead = await test.startProcess();
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "echo ready; sleep 60" });
    await says(id, "ready");
    await dead.end("SIGKILL");
    await interrupt(id);
    await test.startProcess();
    await waitForEnd(test.services, id);
    expect(await turnRows(id)).toMatchObject([{ ...cutShort, attempt: 2 }]);
  });

  it("of a waiting turn lets no worker start it; the next prompt is the first", async () => {
    const options = {
      ownerId: test.ownerId,
      runtime: "claude",
      system: "echo system;",
      prompt: "touch started",
    } as const;
    const id = await startTestSession(test.services, options);
    expect(await interrupt(id)).toBe("pending");
    await test.startHere();
    expect(await goOn(id, 2, "ls -A; echo second")).toBe("system\nsecond\n");
    expect(await turnRows(id)).toMatchObject([
      { ...cutShort, startedAt: null },
      { status: "completed", exitCode: 0 },
    ]);
    expect(await goOn(id, 3, "echo third")).toBe("third\n");
  });

  it("sends the system prompt again as long as nobody knows of a conversation", async () => {
    await installStandIn(test.services, "codex");
    await test.startHere();
    const options = { ownerId: test.ownerId, runtime: "codex", system: "echo system;", prompt: "sleep 60" } as const;
    const id = await startTestSession(test.services, options);
    await says(id, "system");
    await interrupt(id);
    await waitForEnd(test.services, id);
    expect(await goOn(id, 2, "echo second")).toBe("system\nsecond\n");
    expect(await goOn(id, 3, "echo third")).toBe("third\n");
  });

  it("of a later waiting turn leaves the sandbox as it was", async () => {
    const worker = await test.startHere();
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "echo kept > file" });
    await waitForEnd(test.services, id);
    await worker.close();
    await promptTestSession(test.services, id, 2, "rm file");
    await test.store.db.update(sessions).set({ status: "pending" }).where(eq(sessions.id, id));
    expect(await interrupt(id)).toBe("pending");
    await test.startHere();
    expect(await goOn(id, 3, "cat file")).toBe("kept\n");
  });

  it("stops preparations, and the next prompt begins anew", async () => {
    await test.startHere();
    const flag = join(test.services.env.dataDir, "prepared-once");
    const setupScript = `touch half; [ -e ${flag} ] || { touch ${flag}; sleep 60; }`;
    const environmentId = await createTestEnvironment(test.services, test.ownerId, { setupScript });
    const id = await startTestSession(test.services, { ownerId: test.ownerId, environmentId, prompt: "echo never" });
    await expect.poll(() => existsSync(flag)).toBe(true);
    await interrupt(id);
    const events = await waitForEnd(test.services, id);
    expect(outputOf(events)).toBe("");
    expect(await turnRows(id)).toMatchObject([cutShort]);
    expect(await sessionRow(id)).toMatchObject({ status: "completed", sandboxRef: null, firstTurn: 2 });
    expect(await goOn(id, 2, "echo now")).toBe("now\n");
  });

  it("comes too late for a turn that has ended", async () => {
    await test.startHere();
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "true" });
    await waitForEnd(test.services, id);
    await expect(interrupt(id)).rejects.toThrow("no_active_turn");
    expect(await turnRows(id)).toMatchObject([{ exitCode: 0, verdict: "success", interruptRequestedAt: null }]);
  });

  it("does not follow a session into its next turn", async () => {
    await test.startHere();
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "true" });
    await waitForEnd(test.services, id);
    await test.store.db.execute(sql`update turns set interrupt_requested_at = now() where session_id = ${id}`);
    await test.services.control.interrupt({ sessionId: id, turn: 1 });
    expect(await goOn(id, 2, "sleep 1.5; echo whole")).toBe("whole\n");
  });
});
