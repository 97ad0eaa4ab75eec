import { createHash } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestStore } from "../../test/support/database.ts";
import { createRunningSession } from "../../test/support/sessions.ts";
import { agentEvents, sessions, turns } from "../store/schema.ts";
import type { Store } from "../store/store.ts";
import { StaleFenceError } from "./event-log.ts";
import type { EventEntry, EventLog, StoredEvent } from "./event-log.ts";
import { createEventLog } from "./postgres-event-log.ts";
import type { EventTail } from "./event-tail.ts";

const fence = { turn: 1, attempt: 1 };
const output = (data: string, turn = 1): EventEntry => ({
  type: "output",
  turn,
  fields: { stream: "stdout", data, turn },
});
const exit = (code: number): EventEntry => ({ type: "exit", turn: null, fields: { code } });

const published: { sessionId: string; events: readonly StoredEvent[] | null }[] = [];
const tail: EventTail = {
  watch: () => () => undefined,
  publish: (sessionId, events = null) => published.push({ sessionId, events }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

let store: Store;
let log: EventLog;
beforeAll(async () => {
  store = await createTestStore({ poolSize: 20 });
  log = createEventLog(store, tail);
});
afterAll(() => store[Symbol.asyncDispose]());

const readAll = (sessionId: string, after = 0) => log.read({ sessionId, after, limit: 10_000 });
const session = async (id: string) => (await store.db.select().from(sessions).where(eq(sessions.id, id)))[0];
const turn = async (id: string) => (await store.db.select().from(turns).where(eq(turns.sessionId, id)))[0];

describe("append", () => {
  test("numbers events from 1 without a gap and stores the bytes that are sent [L1]", async () => {
    const { sessionId } = await createRunningSession(store);
    expect(await log.append({ sessionId, fence, entries: [output("a"), output("b")] })).toEqual({ lastSeq: 2 });
    expect(await log.append({ sessionId, fence, entries: [output("c")], spoolOffset: 77 })).toEqual({ lastSeq: 3 });
    expect((await readAll(sessionId)).map(({ data }) => data)).toEqual([
      `{"type":"output","id":1,"stream":"stdout","data":"a","turn":1}`,
      `{"type":"output","id":2,"stream":"stdout","data":"b","turn":1}`,
      `{"type":"output","id":3,"stream":"stdout","data":"c","turn":1}`,
    ]);
    expect((await turn(sessionId))?.spoolOffset).toBe(77);
    expect((await readAll(sessionId, 2)).map(({ seq }) => seq)).toEqual([3]);
    expect(await log.read({ sessionId, after: 0, limit: 2 })).toHaveLength(2);
  });

  test("keeps every character, and never writes a line end that JSON would let through", async () => {
    const { sessionId } = await createRunningSession(store);
    const data = "nul \0 nel \u0085 ls \u2028 ps \u2029 cr \r lf \n half \ud83d emoji 😀 é";
    await log.append({ sessionId, fence, entries: [output(data)] });
    const [event] = await readAll(sessionId);
    expect(event?.data).not.toMatch(/[\0\u0085\u2028\u2029\r\n]/);
    expect((JSON.parse(event?.data ?? "") as { data: string }).data).toBe(data);
  });

  test("moves the spool offset without an event", async () => {
    const { sessionId } = await createRunningSession(store);
    expect(await log.append({ sessionId, fence, entries: [], spoolOffset: 5 })).toEqual({ lastSeq: 0 });
    expect((await turn(sessionId))?.spoolOffset).toBe(5);
  });

  test("stores agent events with the output they come from, or neither", async () => {
    const { sessionId } = await createRunningSession(store);
    const agentEvent = (position: number) => ({ position, data: `{"type":"message","text":"${position}"}` });
    const stored = () => store.db.select().from(agentEvents).where(eq(agentEvents.sessionId, sessionId));
    await log.append({ sessionId, fence, entries: [output("a")], agentEvents: [agentEvent(1), agentEvent(2)] });
    // A position that is there already changes nothing.
    await log.append({ sessionId, fence, entries: [output("b")], agentEvents: [agentEvent(2), agentEvent(3)] });
    const stale = { turn: 1, attempt: 0 };
    const refused = { sessionId, fence: stale, entries: [output("c")], agentEvents: [agentEvent(4)] };
    await expect(log.append(refused)).rejects.toThrow(StaleFenceError);
    expect(await stored()).toEqual([1, 2, 3].map((position) => ({ sessionId, turn: 1, ...agentEvent(position) })));
    expect(await readAll(sessionId)).toHaveLength(2);
  });

  test("stays gapless when several processes append at once [L1]", async () => {
    const { sessionId } = await createRunningSession(store);
    const others = [log, createEventLog(store, tail), createEventLog(store, tail)];
    await Promise.all(
      others.flatMap((writer, w) =>
        Array.from({ length: 20 }, (_, i) =>
          writer.append({ sessionId, fence, entries: [output(`${w}/${i}`), output(`${w}/${i}+`)] }),
        ),
      ),
    );
    const events = await readAll(sessionId);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
    const texts = events.map(({ data }) => (JSON.parse(data) as { data: string }).data);
    expect(new Set(texts).size).toBe(120);
    // A batch is never torn apart.
    for (let i = 0; i < 120; i += 2) expect(texts[i + 1]).toBe(`${texts[i] ?? ""}+`);
  });

  test.each([
    ["another attempt", { attempt: 2 }],
    ["a finished turn", { status: "completed" }],
  ] as const)("refuses %s and writes nothing", async (_, change) => {
    const { sessionId } = await createRunningSession(store);
    await log.append({ sessionId, fence, entries: [output("a")] });
    await store.db.update(turns).set(change).where(eq(turns.sessionId, sessionId));
    const refused = log.append({ sessionId, fence, entries: [output("b")], spoolOffset: 9 });
    await expect(refused).rejects.toThrow(StaleFenceError);
    expect(await readAll(sessionId)).toHaveLength(1);
    expect(await session(sessionId)).toMatchObject({ lastSeq: 1, eventCount: 1 });
    expect((await turn(sessionId))?.spoolOffset).toBe(0);
  });

  test("refuses a session that is gone", async () => {
    const { sessionId } = await createRunningSession(store);
    await log.append({ sessionId, fence, entries: [output("a")] });
    await store.db.delete(sessions).where(eq(sessions.id, sessionId));
    await expect(log.append({ sessionId, fence, entries: [output("b")] })).rejects.toThrow(StaleFenceError);
  });

  test("leaves out what is there already when an earlier answer was lost, and wakes the readers", async () => {
    const { sessionId } = await createRunningSession(store);
    await log.append({ sessionId, fence, entries: [output("a")] });
    const inDoubt = { sessionId, fence, after: 1, entries: [output("b"), output("c")], spoolOffset: 2 };
    // By another process: this one does not know that the log has moved.
    await createEventLog(store, tail).append(inDoubt);
    published.length = 0;
    const again = { ...inDoubt, entries: [...inDoubt.entries, output("d")], spoolOffset: 3 };
    expect(await log.append(again)).toEqual({ lastSeq: 4 });
    expect(await log.append({ ...again, spoolOffset: 4 })).toEqual({ lastSeq: 4 });
    expect((await readAll(sessionId)).map(({ data }) => (JSON.parse(data) as { data: string }).data)).toEqual([
      "a",
      "b",
      "c",
      "d",
    ]);
    expect((await turn(sessionId))?.spoolOffset).toBe(4);
    expect(published).toEqual([
      { sessionId, events: null },
      { sessionId, events: null },
    ]);
    const stale = log.append({ ...again, fence: { turn: 1, attempt: 2 } });
    await expect(stale).rejects.toThrow(StaleFenceError);
  });

  test("waits for an adoption that is under way and is then refused", async () => {
    const { sessionId } = await createRunningSession(store);
    await log.append({ sessionId, fence, entries: [output("a")] });
    let late: Promise<unknown> = Promise.resolve();
    await store.db.transaction(async (transaction) => {
      await transaction
        .update(turns)
        .set({ attempt: 2 })
        .where(and(eq(turns.sessionId, sessionId), eq(turns.turn, 1)));
      late = log.append({ sessionId, fence, entries: [output("late")] }).then(
        () => "written",
        (error: unknown) => error,
      );
      await waitForBlocked();
    });
    expect(await late).toBeInstanceOf(StaleFenceError);
    await log.append({ sessionId, fence: { turn: 1, attempt: 2 }, entries: [output("b")] });
    expect((await readAll(sessionId)).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  test("waits for a transaction on the session and goes on behind what it wrote", async () => {
    const { sessionId } = await createRunningSession(store);
    await log.append({ sessionId, fence, entries: [output("a")] });
    const locked = Promise.withResolvers<undefined>();
    const release = Promise.withResolvers<undefined>();
    const held = createEventLog(store, tail).transact(sessionId, async ({ append, db }) => {
      await db
        .update(sessions)
        .set({ updatedAt: sql`now()` })
        .where(eq(sessions.id, sessionId));
      await append([output("b")]);
      locked.resolve(undefined);
      await release.promise;
    });
    await locked.promise;
    const waiting = log.append({ sessionId, fence, entries: [output("c")] });
    await waitForBlocked();
    release.resolve(undefined);
    await held;
    expect(await waiting).toEqual({ lastSeq: 3 });
    expect((await readAll(sessionId)).map(({ data }) => (JSON.parse(data) as { data: string }).data)).toEqual([
      "a",
      "b",
      "c",
    ]);
  });

  test("goes on when the session row changed but its log did not", async () => {
    const { sessionId } = await createRunningSession(store);
    await log.append({ sessionId, fence, entries: [output("a")] });
    let waiting: Promise<{ lastSeq: number }> = Promise.reject(new Error("never started"));
    waiting.catch(() => undefined);
    await store.db.transaction(async (transaction) => {
      await transaction.update(sessions).set({ exitCode: 5 }).where(eq(sessions.id, sessionId));
      waiting = log.append({ sessionId, fence, entries: [output("b")] });
      await waitForBlocked();
    });
    expect(await waiting).toEqual({ lastSeq: 2 });
    expect(await session(sessionId)).toMatchObject({ lastSeq: 2, exitCode: 5 });
  });

  test("hands what it committed to the tail, in order", async () => {
    const { sessionId } = await createRunningSession(store);
    await log.append({ sessionId, fence, entries: [output("a"), output("b")] });
    const mine = published.filter((change) => change.sessionId === sessionId);
    expect(mine).toEqual([{ sessionId, events: await readAll(sessionId) }]);
  });
});

describe("transact", () => {
  test("ends a log with a count and a digest that anybody can check", async () => {
    const { sessionId } = await createRunningSession(store);
    await log.append({ sessionId, fence, entries: [output("ä"), output("b\n")] });
    await log.transact(sessionId, async ({ append }) => {
      await append([output("last")]);
      await append([exit(0)]);
    });
    const events = await readAll(sessionId);
    const hash = createHash("sha256");
    for (const { data, terminal } of events) if (!terminal) hash.update(`${data}\n`);
    expect(JSON.parse(events.at(-1)?.data ?? "")).toEqual({
      type: "exit",
      id: 4,
      code: 0,
      count: 3,
      digest: hash.digest("hex"),
    });
  });

  test("leaves out terminal events that later ones superseded, and keeps the digest running over turns", async () => {
    const { sessionId } = await createRunningSession(store);
    await log.append({ sessionId, fence, entries: [output("one")] });
    await log.transact(sessionId, ({ append }) => append([exit(0)]));
    await log.append({ sessionId, fence, entries: [output("two", 2)] });
    await log.transact(sessionId, ({ append }) => append([exit(0), { type: "terminated", turn: null, fields: {} }]));
    const events = await readAll(sessionId);
    expect(events.map(({ seq, terminal }) => [seq, terminal])).toEqual([
      [1, false],
      [3, false],
      [5, true],
    ]);
    expect(JSON.parse(events[2]?.data ?? "")).toMatchObject({ type: "terminated", count: 2 });
    expect(await log.read({ sessionId, after: 1, limit: 2 })).toHaveLength(2);
  });

  test("undoes everything when the work throws, and the log goes on", async () => {
    const { sessionId } = await createRunningSession(store);
    await log.append({ sessionId, fence, entries: [output("a")] });
    const failed = log.transact(sessionId, async ({ append }) => {
      await append([output("lost")]);
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    expect(await log.append({ sessionId, fence, entries: [output("b")] })).toEqual({ lastSeq: 2 });
    expect(await readAll(sessionId)).toHaveLength(2);
  });

  test("returns what the work returned, or null for a session that is not there", async () => {
    const { sessionId } = await createRunningSession(store);
    expect(await log.transact(sessionId, ({ session: { status } }) => Promise.resolve(status))).toBe("running");
    expect(await log.transact("00000000-0000-4000-8000-000000000000", () => Promise.resolve(1))).toBeNull();
  });

  test("appends more events than one statement takes", async () => {
    const { sessionId } = await createRunningSession(store);
    const entries = Array.from({ length: 25_000 }, (_, index) => output(String(index)));
    await log.transact(sessionId, ({ append }) => append(entries));
    const last = await log.read({ sessionId, after: 24_998, limit: 10 });
    expect(last.map(({ seq }) => seq)).toEqual([24_999, 25_000]);
  });

  test("never deadlocks with appends", async () => {
    const { sessionId } = await createRunningSession(store);
    const finish = () =>
      log.transact(sessionId, async ({ append, db }) => {
        await append([output("t")]);
        await db
          .update(turns)
          .set({ leaseUntil: sql`now()` })
          .where(eq(turns.sessionId, sessionId));
      });
    await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        i % 3 ? log.append({ sessionId, fence, entries: [output("a")] }) : finish(),
      ),
    );
    expect((await readAll(sessionId)).map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  });
});

/** Resolves when a statement of this database waits for somebody's lock. */
async function waitForBlocked(): Promise<void> {
  for (;;) {
    const { rowCount } = await store.pool.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if ((rowCount ?? 0) > 0) return;
  }
}
