import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestOwner, createTestStore } from "../../test/support/database.ts";
import {
  createTurnServices,
  outputOf,
  startTestSession,
  waitForEnd,
  waitForEvents,
} from "../../test/support/turn-services.ts";
import type { Store } from "../store/store.ts";
import { startWorker, type RunningWorker } from "./worker.ts";

let store: Store;
let services: Awaited<ReturnType<typeof createTurnServices>>;
let worker: RunningWorker;
let ownerId: string;

beforeAll(async () => {
  store = await createTestStore();
  ownerId = await createTestOwner(store);
  services = await createTurnServices(store);
  worker = await startWorker(services);
});

afterAll(async () => {
  await worker.close();
  await services[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

/** Breaks every connection to the test's database, at whatever they are. */
async function breakConnections(admin: pg.Client): Promise<void> {
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  );
}

/** The test's own questions fail as well while connections break. */
async function untilAnswered<T>(question: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await question();
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
    }
  }
}

it("loses and repeats nothing when all database connections break again and again in mid-turn", async () => {
  const admin = new pg.Client({ connectionString: store.connectionString });
  await admin.connect();
  const script = "for i in $(seq 1 400); do echo line-$i; sleep 0.005; done; sleep 0.2; echo last";
  const id = await startTestSession(services, { ownerId, prompt: script });
  for (let round = 1; round <= 8; round += 1) {
    const mark = `line-${String(round * 40)}\n`;
    await untilAnswered(() => waitForEvents(services, id, (events) => outputOf(events).includes(mark)));
    await breakConnections(admin);
  }
  await admin.end();
  const events = await untilAnswered(() => waitForEnd(services, id));
  const lines = Array.from({ length: 400 }, (_, index) => `line-${String(index + 1)}\n`).join("");
  expect(outputOf(events)).toBe(`${lines}last\n`);
  expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
  expect(events.at(-1)).toMatchObject({ type: "exit", code: 0, count: events.length - 1 });
});

/** Refuses every turn's end with this error; counts in a sequence, which no rollback takes back. */
async function refuseEnds(code: string): Promise<void> {
  await store.pool.query(`
    create sequence refused;
    create function refuse_end() returns trigger language plpgsql as $$
    begin
      perform nextval('refused');
      raise exception 'refused by the test' using errcode = '${code}';
    end $$;
    create trigger refuse_end before update on turns for each row when (new.status = 'completed')
      execute function refuse_end()`);
}

async function refusals(): Promise<number> {
  const { rows } = await store.pool.query<{ count: string }>("select last_value as count from refused");
  return Number(rows[0]?.count);
}

it.each([
  ["there is no space", "53100"],
  ["it fails for a reason that nobody expected", "P0001"],
])("ends a turn later when its end cannot be stored because %s [L4]", async (_, code) => {
  await refuseEnds(code);
  const id = await startTestSession(services, { ownerId, prompt: "echo started >> starts; echo done; cat starts" });
  await expect.poll(refusals).toBeGreaterThanOrEqual(3);
  await store.pool.query("drop trigger refuse_end on turns; drop function refuse_end; drop sequence refused");
  const events = await waitForEnd(services, id);
  expect(outputOf(events)).toBe("done\nstarted\n");
  expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
  expect(events.at(-1)).toMatchObject({ type: "exit", code: 0, count: events.length - 1 });
});

it("takes new turns after the database was away", async () => {
  const id = await startTestSession(services, { ownerId, prompt: "echo back" });
  expect(outputOf(await waitForEnd(services, id))).toBe("back\n");
});
