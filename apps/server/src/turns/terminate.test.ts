import { and, eq, inArray } from "drizzle-orm";
import { expect, it } from "vitest";
import {
  outputOf,
  readEvents,
  release,
  startTestSession,
  untilReleased,
  waitForEnd,
  waitForEvents,
} from "../../test/support/turn-services.ts";
import { setUpTurnTest } from "../../test/support/turn-test.ts";
import { deleteOwnSession } from "../operations/delete-session.ts";
import { promptSession } from "../operations/prompt-session.ts";
import { terminateSession } from "../operations/terminate-session.ts";
import { findProcesses } from "../sandboxes/supervisor/processes.ts";
import type { Services } from "../services.ts";
import { sessions, turns } from "../store/schema.ts";

const test = setUpTurnTest();
const rounds = 12;

const start = (prompt: string) => startTestSession(test.services, { ownerId: test.ownerId, prompt });
/** The operations need no more of the services than these tests have. */
const servicesForOperations = () => test.services as unknown as Services;

/** As the route does it. */
async function terminate(sessionId: string): Promise<void> {
  await test.services.control.stop(
    await terminateSession(servicesForOperations(), { ownerId: test.ownerId, sessionId }),
  );
}

async function prompt(sessionId: string): Promise<number> {
  const call = {
    ownerId: test.ownerId,
    sessionId,
    prompt: `echo again; ${untilReleased("never")}`,
    timeoutSeconds: 60,
  };
  return test.store.db.transaction((db) => promptSession(db, servicesForOperations(), call));
}

async function expectGone(id: string): Promise<void> {
  const marks = [1, 2].map((turn) => `AOD_TURN=${id}-${String(turn)}`);
  await expect.poll(() => marks.flatMap((marker) => findProcesses({ marker }))).toEqual([]);
  await expect.poll(async () => (await test.services.driver.list()).some((ref) => ref.endsWith(id))).toBe(false);
}

/** The session is over, nothing of it is left, and its log ends there. */
async function expectTerminated(id: string): Promise<void> {
  await expectGone(id);
  const events = await readEvents(test.services, id);
  const terminals = events.filter(({ type }) => ["exit", "error", "terminated"].includes(type));
  expect(terminals).toEqual([events.at(-1)]);
  expect(events.at(-1)).toMatchObject({ type: "terminated" });
  const [session] = await test.store.db.select().from(sessions).where(eq(sessions.id, id));
  expect(session).toMatchObject({ status: "terminated", sandboxRef: null });
  const active = and(eq(turns.sessionId, id), inArray(turns.status, ["pending", "running"]));
  expect(await test.store.db.select().from(turns).where(active)).toEqual([]);
}

it("ends the program and removes the sandbox, and nothing is logged behind it", async () => {
  await test.startHere();
  const id = await start("setsid sleep 300 & while :; do echo on; sleep 0.01; done");
  await waitForEvents(test.services, id, (events) => outputOf(events).includes("on\n"));
  await terminate(id);
  await expectTerminated(id);
  const events = await readEvents(test.services, id);
  expect(events.at(-1)).toMatchObject({ count: events.length - 1 });
  const [turn] = await test.store.db.select().from(turns).where(eq(turns.sessionId, id));
  expect(turn).toMatchObject({ status: "failed", exitCode: null });
});

it("wins at every moment of a turn, from the queue to the last line [T3] [T4]", async () => {
  await test.startHere();
  const ids = await Promise.all(
    Array.from({ length: rounds + 1 }, async (_, moment) => {
      const id = await start(`echo on; ${untilReleased("never")}`);
      // Eleven stage events, then the line.
      await waitForEvents(test.services, id, (events) => events.length >= moment);
      await terminate(id);
      return id;
    }),
  );
  for (const id of ids) await expectTerminated(id);
});

it("wins over a program that ends at the same moment [T3]", async () => {
  await test.startHere();
  const ids = await Promise.all(
    Array.from({ length: rounds }, async (_, index) => {
      const id = await start(`echo on; ${untilReleased("go")}; exit ${String(index % 2)}`);
      await waitForEvents(test.services, id, (events) => outputOf(events) === "on\n");
      await Promise.all([release(test.services, id, "go"), terminate(id)]);
      return id;
    }),
  );
  for (const id of ids) await expectTerminated(id);
});

it("wins over a prompt at the same moment, whichever is first [T3]", async () => {
  await test.startHere();
  const ids = await Promise.all(
    Array.from({ length: rounds }, async (_, index) => {
      const id = await start("true");
      const ended = await waitForEnd(test.services, id);
      expect(ended.at(-1), outputOf(ended, "stderr")).toMatchObject({ type: "exit", code: 0 });
      const both = [() => prompt(id), () => terminate(id)];
      if (index % 2 === 1) both.reverse();
      const settled = await Promise.allSettled<unknown>(both.map((act) => act()));
      const refused = settled.filter((result) => result.status === "rejected");
      for (const { reason } of refused) expect(reason).toMatchObject({ problem: { reason: "session_terminated" } });
      return id;
    }),
  );
  for (const id of ids) await expectTerminated(id);
});

it("leaves nothing of a deleted session for a dead worker's successor", async () => {
  const worker = await test.startProcess();
  const id = await start("echo on; sleep 300");
  await waitForEvents(test.services, id, (events) => outputOf(events) === "on\n");
  await worker.end("SIGKILL");
  await terminateSession(servicesForOperations(), { ownerId: test.ownerId, sessionId: id });
  await test.store.db.transaction((db) => deleteOwnSession(db, { ownerId: test.ownerId, sessionId: id }));
  await test.startProcess();
  await expectGone(id);
});
