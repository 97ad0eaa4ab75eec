import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { createTestStore } from "../../test/support/database.ts";
import { createRunningSession } from "../../test/support/sessions.ts";
import type { EventLog } from "../events/event-log.ts";
import { createEventLog } from "../events/postgres-event-log.ts";
import { readLastSeq } from "../store/running-turns.ts";
import type { Store } from "../store/store.ts";
import { EventPump } from "./event-pump.ts";
import { finishTurn } from "./finish-turn.ts";
import { failedTurn } from "./turn-outcome.ts";
import { emptySummary } from "./turn-summary.ts";

const entry = { type: "output", turn: 1, fields: { stream: "stdout", data: "once", turn: 1 } } as const;
const second = { type: "output", turn: 1, fields: { stream: "stdout", data: "twice", turn: 1 } } as const;
const heldTurn = { turn: 1, attempt: 1, prompt: "", timeoutSeconds: 1, spoolOffset: 0, isInterrupted: false };
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

async function readData(sessionId: string): Promise<{ type: string; data?: string; count?: number }[]> {
  const events = await log.read({ sessionId, after: 0, limit: 10 });
  return events.map(({ data }) => JSON.parse(data) as { type: string; data?: string; count?: number });
}

it("stores once what was committed by an append in doubt, with what came meanwhile", async () => {
  const { sessionId } = await createRunningSession(store);
  const errors: unknown[] = [];
  const inDoubt = Promise.withResolvers<undefined>();
  const goOn = Promise.withResolvers<undefined>();
  let appends = 0;
  const pump = new EventPump({
    log: {
      append: async (request) => {
        const appended = await log.append(request);
        if (++appends > 1) return appended;
        inDoubt.resolve(undefined);
        await goOn.promise;
        throw away;
      },
    },
    turn: { sessionId, turn: 1, attempt: 1 },
    readLastSeq: () => readLastSeq(store.db, sessionId),
    onStale: () => undefined,
    onError: (error) => errors.push(error),
  });
  await pump.add(entry, { spoolOffset: 9 });
  await inDoubt.promise;
  await pump.add(second, { spoolOffset: 18 });
  goOn.resolve(undefined);
  await pump.flush();
  expect((await readData(sessionId)).map(({ data }) => data)).toEqual(["once", "twice"]);
  expect(errors).toEqual([away]);
});

it("hands out an append in doubt at the end, and the turn's last transaction stores it once", async () => {
  for (const isCommitted of [true, false]) {
    const { sessionId } = await createRunningSession(store);
    const turn = { ...heldTurn, sessionId };
    const inDoubt = Promise.withResolvers<undefined>();
    const pump = new EventPump({
      log: {
        append: async (request) => {
          if (isCommitted) await log.append(request);
          inDoubt.resolve(undefined);
          throw away;
        },
      },
      turn,
      readLastSeq: () => readLastSeq(store.db, sessionId),
      onStale: () => undefined,
      onError: () => undefined,
    });
    await pump.add(entry, { spoolOffset: 9 });
    await inDoubt.promise;
    const drained = await pump.drain();
    expect(drained).toEqual({ entries: [entry], after: 0, agentEvents: [], spoolOffset: 9 });
    expect(
      await finishTurn(log, {
        turn,
        outcome: failedTurn("over"),
        summary: emptySummary("failure"),
        ...drained,
      }),
    ).toBe(true);
    const data = await readData(sessionId);
    expect(data.map(({ type, data }) => [type, data])).toEqual([
      ["output", "once"],
      ["output", "turn failed: over\n"],
      ["error", undefined],
    ]);
    expect(data.at(-1)).toMatchObject({ count: 2 });
  }
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
