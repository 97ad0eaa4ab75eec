import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eq, sql } from "drizzle-orm";
import pino from "pino";
import { afterEach, expect, it } from "vitest";
import { setUpTurnTest } from "../../test/support/turn-test.ts";
import {
  outputOf,
  startTestSession,
  untilReleased,
  waitForEnd,
  waitForEvents,
} from "../../test/support/turn-services.ts";
import { findProcesses } from "../sandboxes/supervisor/processes.ts";
import { sessions, turns } from "../store/schema.ts";

const test = setUpTurnTest({ abandonAfterMs: 1_500 });
const prompt = `echo on; ${untilReleased("never")}`;

async function runningSession(): Promise<string> {
  const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt });
  await waitForEvents(test.services, id, (events) => outputOf(events) === "on\n");
  return id;
}

/** As another machine does it, which takes this one for lost. */
async function endTurnElsewhere(id: string, status: "failed" | "completed"): Promise<void> {
  await test.services.log.transact(id, async ({ db }) => {
    await db.update(sessions).set({ status }).where(eq(sessions.id, id));
    await db.update(turns).set({ status }).where(eq(turns.sessionId, id));
  });
}

const programsOf = (id: string): number[] => findProcesses({ marker: `AOD_TURN=${id}-1` });

afterEach(async () => {
  await test.store.pool.query("drop trigger if exists refuse_beats on turns; drop function if exists refuse_beat");
});

it("keeps no program going when leases cannot be renewed for long", async () => {
  await test.startHere({ beatMs: 20, renewAloneMs: 0 });
  const id = await runningSession();
  await test.store.pool.query(`
    create function refuse_beat() returns trigger language plpgsql as $$
    begin raise exception 'cut off by the test'; end $$;
    create trigger refuse_beats before update on turns for each row
      when (new.lease_until > old.lease_until) execute function refuse_beat()`);
  const events = await waitForEnd(test.services, id);
  expect(outputOf(events, "stderr")).toContain("no worker looked after it any more");
  expect(programsOf(id)).toEqual([]);
});

it("ends the program of a turn that was declared lost meanwhile [T4]", async () => {
  await test.startHere({ beatMs: 20 });
  const id = await runningSession();
  await endTurnElsewhere(id, "failed");
  await expect.poll(() => programsOf(id)).toEqual([]);
  await expect.poll(async () => (await test.services.driver.list()).some((ref) => ref.endsWith(id))).toBe(false);
});

it("ends the program of a turn that is over, and leaves the session its sandbox", async () => {
  await test.startHere({ beatMs: 20 });
  const id = await runningSession();
  await endTurnElsewhere(id, "completed");
  await expect.poll(() => programsOf(id)).toEqual([]);
  expect((await test.services.driver.list()).some((ref) => ref.endsWith(id))).toBe(true);
});

it("leaves the program of a turn alone that somebody else has taken over", async () => {
  const worker = await test.startHere({ beatMs: 20 });
  const id = await runningSession();
  await test.store.db
    .execute(sql`update turns set attempt = attempt + 1, worker_id = 'elsewhere:1:1', host_id = 'elsewhere',
    lease_until = now() + interval '1 hour' where session_id = ${id}`);
  // The run notices by its beat, or at the latest when its worker closes.
  await worker.close();
  expect(programsOf(id)).not.toEqual([]);
});

it("lives with a turn whose control folder cannot be written, and can still interrupt it", async () => {
  await test.startHere({ beatMs: 20, interruptGraceMs: 60_000 });
  const id = await runningSession();
  const root = join(test.services.env.dataDir, "sandboxes", id);
  const run = readdirSync(root).find((name) => name.startsWith("run-")) ?? "";
  const control = join(root, run, `${id}-1`, "1", "control");
  rmSync(control, { recursive: true });
  writeFileSync(control, "");
  await test.store.db.update(turns).set({ interruptRequestedAt: new Date() }).where(eq(turns.sessionId, id));
  const events = await waitForEnd(test.services, id);
  expect(events.at(-1)).toMatchObject({ type: "exit", code: 130, interrupted: true });
  expect(programsOf(id)).toEqual([]);
});

it("tells the reader nothing of an error that nobody expected, and the log everything", async () => {
  const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt });
  await test.store.db.update(sessions).set({ runtime: "nonsense" }).where(eq(sessions.id, id));
  const logged: string[] = [];
  const logger = pino({ level: "warn" }, { write: (line: string) => void logged.push(line) });
  await test.startHere({}, { ...test.services, logger });
  const events = await waitForEnd(test.services, id);
  expect(outputOf(events, "stderr")).toBe("turn failed: The server failed; its log names the session\n");
  expect(JSON.stringify(events)).not.toContain("nonsense");
  expect(logged.join("")).toMatch(new RegExp(`nonsense.*${id}`));
});
