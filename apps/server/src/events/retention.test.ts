import type { SessionStatus } from "@aod/core";
import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { createTestStore } from "../../test/support/database.ts";
import { createRunningSession } from "../../test/support/sessions.ts";
import { sessions } from "../store/schema.ts";
import { createEventLog } from "./postgres-event-log.ts";
import { purgeExpiredEvents } from "./retention.ts";

const fence = { turn: 1, attempt: 1 };
const output = (data: string) => ({ type: "output" as const, turn: 1, fields: { stream: "stdout", data, turn: 1 } });

test("removes the events of long finished sessions only, and numbers what comes later behind them", async () => {
  await using store = await createTestStore();
  const log = createEventLog(store, {
    watch: () => () => undefined,
    publish: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  const make = async (status: SessionStatus, ageDays: number) => {
    const { sessionId } = await createRunningSession(store);
    await log.append({ sessionId, fence, entries: [output("a"), output("b")] });
    await store.db
      .update(sessions)
      .set({ status, updatedAt: sql`now() - make_interval(days => ${ageDays})` })
      .where(eq(sessions.id, sessionId));
    return sessionId;
  };
  const [old, young, running] = [await make("completed", 31), await make("completed", 29), await make("running", 31)];
  const count = async (sessionId: string) => (await log.read({ sessionId, after: 0, limit: 10 })).length;

  expect(await purgeExpiredEvents(store, 30)).toBe(1);
  expect(await Promise.all([old, young, running].map(count))).toEqual([0, 2, 2]);
  expect(await purgeExpiredEvents(store, 30)).toBe(0);

  expect(await log.append({ sessionId: old, fence, entries: [output("c")] })).toEqual({ lastSeq: 3 });
  await log.transact(old, ({ append }) => append([{ type: "exit", turn: null, fields: { code: 0 } }]));
  const events = await log.read({ sessionId: old, after: 0, limit: 10 });
  expect(JSON.parse(events.at(-1)?.data ?? "")).toMatchObject({ type: "exit", id: 4, count: 1 });
});
