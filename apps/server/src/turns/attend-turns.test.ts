import pino from "pino";
import { eq, sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { setUpTurnTest } from "../../test/support/turn-test.ts";
import { outputOf, startTestSession, waitForEnd } from "../../test/support/turn-services.ts";
import { readHostId } from "../sandboxes/host-id.ts";
import { sessions, turns } from "../store/schema.ts";

const test = setUpTurnTest();

/** A session whose turn this machine ran, until so many seconds ago. */
async function leftSession(seconds: number): Promise<string> {
  const id = await startTestSession(test.services, { ownerId: test.ownerId });
  const hostId = readHostId(test.services.env.dataDir);
  await test.store.db.execute(sql`update sessions set status = 'running' where id = ${id}`);
  await test.store.db.execute(sql`update turns set status = 'running', attempt = 1, host_id = ${hostId},
    worker_id = ${`${hostId}:1:1`}, lease_until = now() - make_interval(secs => ${seconds}) where session_id = ${id}`);
  return id;
}

it("says which turns wait for a driver, and fails those that waited too long", async () => {
  const [lost, patient] = [await leftSession(120), await leftSession(30)];
  const logged: string[] = [];
  const logger = pino({ level: "warn" }, { write: (line: string) => void logged.push(line) });
  await test.startHere({ sweepMs: 20, lostHostSeconds: 60 }, { ...test.services, driver: null, logger });
  expect(logged.map((line) => JSON.parse(line) as object)).toMatchObject([{ driver: "local", turns: 2 }]);
  const events = await waitForEnd(test.services, lost);
  expect(outputOf(events, "stderr")).toContain("did not come back");
  const [session] = await test.store.db.select().from(sessions).where(eq(sessions.id, lost));
  expect(session?.status).toBe("failed");
  const [turn] = await test.store.db.select().from(turns).where(eq(turns.sessionId, patient));
  expect(turn?.status).toBe("running");
});
