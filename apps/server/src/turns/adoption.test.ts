import { and, eq, sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import {
  outputOf,
  promptTestSession,
  readEvents,
  release,
  startTestSession,
  untilReleased,
  waitForEnd,
  waitForEvents,
  type LoggedEvent,
} from "../../test/support/turn-services.ts";
import { setUpTurnTest } from "../../test/support/turn-test.ts";
import { readHostId } from "../sandboxes/host-id.ts";
import { findProcesses } from "../sandboxes/supervisor/processes.ts";
import { sessions, turns } from "../store/schema.ts";
import { startWorker } from "./worker.ts";
import { identifyWorker } from "./worker-identity.ts";

const test = setUpTurnTest();

const lines = (count: number): string => `for i in $(seq 1 ${String(count)}); do echo line-$i; sleep 0.01; done`;
/** Numbered lines until it is told to stop: whatever happens meanwhile, the turn is still on. */
const linesUntilTold = "i=0; while [ ! -e stop ]; do i=$((i+1)); echo line-$i; sleep 0.01; done; echo told at $i";
const numbered = (count: number): string => Array.from({ length: count }, (_, i) => `line-${String(i + 1)}\n`).join("");
const says = (text: string) => (events: LoggedEvent[]) => outputOf(events).includes(text);

function expectWhole(events: LoggedEvent[]): void {
  expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
  expect(events.at(-1)).toMatchObject({ count: events.length - 1 });
}

function expectWholeOutput(events: LoggedEvent[]): void {
  const output = outputOf(events);
  const count = /told at (\d+)\n$/.exec(output)?.[1] ?? "0";
  expect(output).toBe(`${numbered(Number(count))}told at ${count}\n`);
  expectWhole(events);
}

/** Every session that is running, and who holds its turn. */
async function leasesOfRunning(): Promise<unknown[]> {
  const { rows } = await test.store.db.execute(sql`
    select sessions.id as session, turns.turn, coalesce(turns.lease_until > now(), false) as live
    from sessions left join turns on turns.session_id = sessions.id and turns.status = 'running'
    where sessions.status = 'running'`);
  return rows;
}

async function turnRow(sessionId: string, turn = 1) {
  const [row] = await test.store.db
    .select()
    .from(turns)
    .where(and(eq(turns.sessionId, sessionId), eq(turns.turn, turn)));
  if (row === undefined) throw new Error("no such turn");
  return row;
}

describe("adoption", () => {
  it("loses and repeats nothing when workers are killed again and again in mid-turn [T1] [T2]", async () => {
    // It never gets as far as the next kill without the next worker.
    const wait = `case $i in 50 | 120 | 200 | 280) ${untilReleased("go-$i")};; esac`;
    const prompt = `for i in $(seq 300); do echo line-$i; sleep 0.01; ${wait}; done`;
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt });
    for (const killAt of [20, 90, 170]) {
      const worker = await test.startProcess();
      await waitForEvents(test.services, id, says(`line-${String(killAt)}\n`));
      await worker.end("SIGKILL");
      await release(test.services, id, `go-${String(killAt + 30)}`);
    }
    await test.startProcess();
    await expect.poll(leasesOfRunning).toEqual([{ session: id, turn: 1, live: true }]);
    await release(test.services, id, "go-280");
    const events = await waitForEnd(test.services, id);
    expect(outputOf(events)).toBe(numbered(300));
    expectWhole(events);
    expect((await turnRow(id)).attempt).toBeGreaterThan(3);
  });

  it("finds the end of a turn that ended while no worker was there", async () => {
    const id = await startTestSession(test.services, {
      ownerId: test.ownerId,
      prompt: `echo begun; ${lines(20)}; exit 3`,
    });
    const worker = await test.startProcess();
    await waitForEvents(test.services, id, says("begun"));
    await worker.end("SIGKILL");
    while (findProcesses({ marker: `AOD_TURN=${id}-1` }).length > 0) await new Promise(setImmediate);
    await test.startProcess();
    const events = await waitForEnd(test.services, id);
    expect(outputOf(events)).toBe(`begun\n${numbered(20)}`);
    expect(events.at(-1)).toMatchObject({ type: "exit", code: 3 });
    expectWhole(events);
  });

  it("goes on at once after a graceful stop, and the program notices nothing", async () => {
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: linesUntilTold });
    const worker = await test.startProcess();
    await waitForEvents(test.services, id, says("line-10\n"));
    await worker.end("SIGTERM");
    expect(await turnRow(id)).toMatchObject({ status: "running", workerId: null });
    await test.startProcess();
    await waitForEvents(test.services, id, says("line-50\n"));
    await release(test.services, id, "stop");
    expectWholeOutput(await waitForEnd(test.services, id));
  });

  it("takes the turn of a worker that hangs, whose writes are refused when it wakes [T1] [T2]", async () => {
    const hanging = await test.startProcess();
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: linesUntilTold });
    await waitForEvents(test.services, id, says("line-10\n"));
    hanging.signal("SIGSTOP");
    await test.startProcess();
    await waitForEvents(test.services, id, says("line-60\n"));
    expect((await turnRow(id)).attempt).toBeGreaterThan(1);
    hanging.signal("SIGCONT");
    await release(test.services, id, "stop");
    expectWholeOutput(await waitForEnd(test.services, id));
  });

  it("starts a turn that was claimed and never started, once [T1]", async () => {
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "echo once >> ran; cat ran" });
    await test.store.db.execute(sql`update turns set status = 'running', attempt = 1, started_at = now(),
      worker_id = ${`${test.services.driver.kind}:0:0`}, lease_until = now() - interval '1 s' where session_id = ${id}`);
    await test.startProcess();
    expect(outputOf(await waitForEnd(test.services, id))).toBe("once\n");
  });

  it("starts a turn that it has claimed itself without ever hearing of it", async () => {
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "echo once >> ran; cat ran" });
    const { workerId, hostId } = identifyWorker(readHostId(test.services.env.dataDir));
    await test.store.db.execute(sql`update turns set status = 'running', attempt = 1, started_at = now(),
      worker_id = ${workerId}, host_id = ${hostId}, lease_until = now() - interval '1 s' where session_id = ${id}`);
    await test.startHere();
    expect(outputOf(await waitForEnd(test.services, id))).toBe("once\n");
  });

  it("holds on to a turn that runs although its lease could not be renewed in time", async () => {
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: linesUntilTold });
    await test.startHere({ beatMs: 60_000, adoptMs: 1 });
    await waitForEvents(test.services, id, says("line-1\n"));
    await test.store.db.execute(sql`update turns set lease_until = now() - interval '1 s' where session_id = ${id}`);
    await waitForEvents(test.services, id, says("line-40\n"));
    await release(test.services, id, "stop");
    expectWholeOutput(await waitForEnd(test.services, id));
    expect((await turnRow(id)).attempt).toBe(1);
  });

  it("prepares a sandbox anew when its worker died while it prepared it", async () => {
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "ls -A" });
    const sandbox = await test.services.driver.create({ id, egress: { type: "unrestricted" } });
    await sandbox.writeFile("/workspace/half-made", "");
    await test.store.db.update(sessions).set({ sandboxRef: sandbox.ref }).where(eq(sessions.id, id));
    await test.store.db.execute(
      sql`update turns set status = 'running', attempt = 1, worker_id = null where session_id = ${id}`,
    );
    await test.startProcess();
    const events = await waitForEnd(test.services, id);
    expect(outputOf(events)).toBe("");
    expect(events.at(-1)).toMatchObject({ type: "exit", code: 0 });
  });

  it("does not run a turn again whose sandbox is gone [T1]", async () => {
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "echo again" });
    const { ref } = await test.services.driver.create({ id, egress: { type: "unrestricted" } });
    await (await test.services.driver.attach(ref))?.destroy();
    await test.store.db.update(sessions).set({ sandboxRef: ref }).where(eq(sessions.id, id));
    await test.store.db.execute(
      sql`update turns set status = 'running', attempt = 1, worker_id = null where session_id = ${id}`,
    );
    await test.startProcess();
    const events = await waitForEnd(test.services, id);
    expect(outputOf(events, "stderr")).toBe("turn failed: The session's sandbox is gone\n");
    expect(events.at(-1)).toMatchObject({ type: "error", message: "Session failed" });
  });

  it("fails the turn of a machine that never comes back, but not too early", async () => {
    const worker = await startWorker(test.services, { sweepMs: 50, lostHostSeconds: 60 });
    const [lost, patient] = await Promise.all(
      [120, 30].map(async (seconds) => {
        const id = await startTestSession(test.services, { ownerId: test.ownerId });
        await waitForEnd(test.services, id);
        const before = (await readEvents(test.services, id)).length;
        await test.services.log.transact(id, async ({ db }) => {
          await db.insert(turns).values({
            sessionId: id,
            turn: 2,
            prompt: "",
            timeoutSeconds: 60,
            status: "running",
            attempt: 1,
            hostId: "elsewhere",
            workerId: "elsewhere:1:1",
            leaseUntil: new Date(Date.now() - seconds * 1000),
          });
        });
        return { id, before };
      }),
    );
    const events = await waitForEnd(test.services, lost!.id, lost!.before);
    expect(outputOf(events, "stderr")).toContain("did not come back");
    expect((await turnRow(patient!.id, 2)).status).toBe("running");
    await worker.close();
  });

  it("keeps a later turn on the machine that has the sandbox", async () => {
    await test.startProcess();
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "echo first" });
    const first = await waitForEnd(test.services, id);
    await promptTestSession(test.services, id, 2, "echo second");
    await waitForEnd(test.services, id, first.length);
    const hosts = await Promise.all([turnRow(id, 1), turnRow(id, 2)]);
    expect(hosts[1].hostId).toBe(hosts[0].hostId);
    expect(hosts[0].hostId).not.toBeNull();
  });
});
