import { eq, sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { setUpTurnTest } from "../../test/support/turn-test.ts";
import { outputOf, promptTestSession, startTestSession, waitForEnd } from "../../test/support/turn-services.ts";
import { sessions } from "../store/schema.ts";
import { sweepIdle, sweepOrphans } from "./sweeps.ts";

const test = setUpTurnTest();

async function finishedSession(prompt: string): Promise<string> {
  const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt });
  await waitForEnd(test.services, id);
  return id;
}

const isThere = async (id: string): Promise<boolean> =>
  (await test.services.driver.list()).some((ref) => ref.endsWith(id));
const lastUsed = (id: string, days: number) =>
  test.store.db.execute(sql`update sessions set updated_at = now() - make_interval(days => ${days}) where id = ${id}`);
async function availableFor(id: string): Promise<boolean> {
  const [session] = await test.store.db.select().from(sessions).where(eq(sessions.id, id));
  if (session === undefined) throw new Error("no such session");
  return test.services.control.isSandboxAvailable(session);
}

it("removes the sandbox of a session that failed at once, since it takes no other prompt", async () => {
  await test.startHere();
  const id = await finishedSession("echo secret > file; exit 1");
  await expect.poll(() => isThere(id)).toBe(false);
  expect(await availableFor(id)).toBe(false);
});

it("removes what a worker left that died between a turn's end and the removal", async () => {
  await test.startHere();
  const id = await finishedSession("true");
  await test.store.db.update(sessions).set({ status: "failed" }).where(eq(sessions.id, id));
  await sweepOrphans(test.store, test.services.driver);
  expect(await isThere(id)).toBe(false);
});

it("removes the sandbox of a session that nobody has prompted for long, and says so at the next prompt", async () => {
  await test.startHere();
  const [idle, used] = [await finishedSession("true"), await finishedSession("echo kept > file")];
  await lastUsed(idle, 31);
  await lastUsed(used, 29);
  await sweepIdle(test.store, test.services.driver, 0);
  expect(await availableFor(idle)).toBe(true);
  await sweepIdle(test.store, test.services.driver, 30);
  expect([await isThere(idle), await availableFor(idle)]).toEqual([false, false]);
  expect([await isThere(used), await availableFor(used)]).toEqual([true, true]);
});

it("leaves a session alone that goes on while its sandbox is to be removed", async () => {
  await test.startHere();
  const id = await finishedSession("echo kept > file");
  await lastUsed(id, 31);
  let sweep: Promise<void> = Promise.resolve();
  // The sweep finds the session idle and has to wait for its row; then it is not idle any more.
  await test.services.log.transact(id, async ({ db }) => {
    sweep = sweepIdle(test.store, test.services.driver, 30);
    await waitUntilBlocked();
    await db.update(sessions).set({ updatedAt: new Date() }).where(eq(sessions.id, id));
  });
  await sweep;
  const before = await waitForEnd(test.services, id);
  await promptTestSession(test.services, id, 2, "cat file");
  expect(outputOf(await waitForEnd(test.services, id, before.length))).toBe("kept\n");
});

/** Until a change of a session waits for a lock. */
async function waitUntilBlocked(): Promise<void> {
  const blocked = `select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like 'update "sessions"%'`;
  await expect.poll(async () => (await test.store.pool.query(blocked)).rowCount).toBe(1);
}
