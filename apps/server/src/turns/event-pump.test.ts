import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { createTestStore } from "../../test/support/database.ts";
import { createRunningSession } from "../../test/support/sessions.ts";
import type { EventLog } from "../events/event-log.ts";
import { createEventLog } from "../events/postgres-event-log.ts";
import { readLastSeq } from "../store/running-turns.ts";
import type { Store } from "../store/store.ts";
import { EventPump } from "./event-pump.ts";

const entry = { type: "output", turn: 1, fields: { stream: "stdout", data: "once", turn: 1 } } as const;
const away = new Error("the database is away");
const quietTail = {
  watch: () => () => undefined,
  publish: () => undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

let store: Store;
let log: EventLog;

beforeAll(async () => {
  store = await createTestStore();
  log = createEventLog(store, quietTail);
});

afterAll(() => store[Symbol.asyncDispose]());
afterEach(() => {
  vi.useRealTimers();
});

it("does not hand out what was committed by an append in doubt, however long the database is away", async () => {
  const { sessionId } = await createRunningSession(store);
  const inDoubt = Promise.withResolvers<undefined>();
  const askedInVain = Promise.withResolvers<undefined>();
  const errors: unknown[] = [];
  let isAway = false;
  let vainReads = 0;
  const pump = new EventPump({
    log: {
      append: async (request) => {
        await log.append(request);
        isAway = true;
        inDoubt.resolve(undefined);
        throw away;
      },
    },
    turn: { sessionId, turn: 1, attempt: 1 },
    readLastSeq: () => {
      if (!isAway) return readLastSeq(store.db, sessionId);
      if (++vainReads === 2) askedInVain.resolve(undefined);
      return Promise.reject(away);
    },
    onStale: () => undefined,
    onError: (error) => errors.push(error),
  });
  await pump.add(entry, { spoolOffset: 9 });
  await inDoubt.promise;
  const drained = pump.drain();
  await askedInVain.promise;
  isAway = false;
  expect(await drained).toEqual({ entries: [], agentEvents: [], spoolOffset: undefined });
  expect(await log.read({ sessionId, after: 0, limit: 10 })).toHaveLength(1);
  expect(errors).toEqual([away]);
});

it("rests between its questions to a database that is away, and tells it once", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const errors: unknown[] = [];
  const appended: unknown[] = [];
  let reads = 0;
  const pump = new EventPump({
    log: {
      append: ({ entries }) => {
        appended.push(...entries);
        return Promise.resolve({ lastSeq: 1 });
      },
    },
    turn: { sessionId: "none", turn: 1, attempt: 1 },
    readLastSeq: () => {
      reads += 1;
      return reads < 40 ? Promise.reject(away) : Promise.resolve(0);
    },
    onStale: () => undefined,
    onError: (error) => errors.push(error),
  });
  await pump.add(entry);
  const flushed = pump.flush();
  for (let turn = 0; turn < 100; turn += 1) await nextTurn();
  expect(reads).toBe(1);
  while (appended.length === 0) {
    vi.advanceTimersToNextTimer();
    await nextTurn();
  }
  await flushed;
  expect(errors).toEqual([away]);
  expect(appended).toEqual([entry]);
});
