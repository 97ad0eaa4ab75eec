import pg from "pg";
import { beforeEach, expect, it } from "vitest";
import { outputOf, startTestSession, waitForEnd, waitForEvents } from "../../test/support/turn-services.ts";
import { setUpTurnTest } from "../../test/support/turn-test.ts";

const test = setUpTurnTest();

beforeEach(() => test.startHere());

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
  const admin = new pg.Client({ connectionString: test.store.connectionString });
  await admin.connect();
  const script = "for i in $(seq 1 400); do echo line-$i; sleep 0.005; done; sleep 0.2; echo last";
  const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: script });
  for (let round = 1; round <= 8; round += 1) {
    const mark = `line-${String(round * 40)}\n`;
    await untilAnswered(() => waitForEvents(test.services, id, (events) => outputOf(events).includes(mark)));
    await breakConnections(admin);
  }
  await admin.end();
  const events = await untilAnswered(() => waitForEnd(test.services, id));
  const lines = Array.from({ length: 400 }, (_, index) => `line-${String(index + 1)}\n`).join("");
  expect(outputOf(events)).toBe(`${lines}last\n`);
  expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
  expect(events.at(-1)).toMatchObject({ type: "exit", code: 0, count: events.length - 1 });
});

/** Refuses every turn's end with this error; counts in a sequence, which no rollback takes back. */
async function refuseEnds(code: string): Promise<void> {
  await test.store.pool.query(`
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
  const { rows } = await test.store.pool.query<{ count: string }>("select last_value as count from refused");
  return Number(rows[0]?.count);
}

it.each([
  ["there is no space", "53100"],
  ["it fails for a reason that nobody expected", "P0001"],
])("ends a turn later when its end cannot be stored because %s [L4]", async (_, code) => {
  await refuseEnds(code);
  const id = await startTestSession(test.services, {
    ownerId: test.ownerId,
    prompt: "echo started >> starts; echo done; cat starts",
  });
  await expect.poll(refusals).toBeGreaterThanOrEqual(3);
  await test.store.pool.query("drop trigger refuse_end on turns; drop function refuse_end; drop sequence refused");
  const events = await waitForEnd(test.services, id);
  expect(outputOf(events)).toBe("done\nstarted\n");
  expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
  expect(events.at(-1)).toMatchObject({ type: "exit", code: 0, count: events.length - 1 });
});

it("takes new turns after the database was away", async () => {
  const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "echo back" });
  expect(outputOf(await waitForEnd(test.services, id))).toBe("back\n");
});
