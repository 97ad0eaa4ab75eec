import { eq, sql } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import {
  createTestEnvironment,
  outputOf,
  promptTestSession,
  release,
  startTestSession,
  untilReleased,
  waitForEnd,
  waitForEvents,
} from "../../test/support/turn-services.ts";
import { setUpTurnTest } from "../../test/support/turn-test.ts";
import { sessions, turns } from "../store/schema.ts";

const test = setUpTurnTest();

beforeEach(() => test.startHere());

async function statusOf(sessionId: string): Promise<unknown> {
  const [session] = await test.store.db.select().from(sessions).where(eq(sessions.id, sessionId));
  const [turn] = await test.store.db.select().from(turns).where(eq(turns.sessionId, sessionId));
  return { session: [session?.status, session?.exitCode], turn: [turn?.status, turn?.exitCode] };
}

describe("worker", () => {
  it("runs a command with the prompt on its standard input, from stages to the exit event", async () => {
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "echo hello; echo oops >&2" });
    const events = await waitForEnd(test.services, id);
    expect(outputOf(events)).toBe("hello\n");
    expect(outputOf(events, "stderr")).toBe("oops\n");
    expect(events.map(({ type, stage, state }) => [type, stage, state].join(" ").trim())).toEqual([
      "stage create_sprite started",
      "stage create_sprite done",
      "stage install_runtime started",
      "stage install_runtime done",
      "stage env_file started",
      "stage env_file done",
      "stage provision_setup started",
      "stage provision_setup done",
      "stage runtime_config started",
      "stage runtime_config done",
      "stage runtime_start started",
      "output",
      "output",
      "exit",
    ]);
    expect(events.map(({ id: seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ code: 0, count: events.length - 1 });
    expect(await statusOf(id)).toEqual({ session: ["completed", 0], turn: ["completed", 0] });
  });

  it("keeps the exit code of a program that fails", async () => {
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "exit 7" });
    expect((await waitForEnd(test.services, id)).at(-1)).toMatchObject({ type: "exit", code: 7 });
    expect(await statusOf(id)).toEqual({ session: ["failed", 7], turn: ["failed", 7] });
  });

  it("reports death by a signal as 128 and its number", async () => {
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "kill -SEGV $$" });
    expect((await waitForEnd(test.services, id)).at(-1)).toMatchObject({ type: "exit", code: 139 });
  });

  it("keeps the files of the first turn for the second", async () => {
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "echo kept > file" });
    const before = await waitForEnd(test.services, id);
    await promptTestSession(test.services, id, 2, "cat file");
    const events = await waitForEnd(test.services, id, before.length);
    expect(outputOf(events)).toBe("kept\n");
    expect(events.filter(({ type }) => type === "exit")).toHaveLength(1);
  });

  it("says why a program could not be started", async () => {
    const id = await startTestSession(test.services, { ownerId: test.ownerId, command: ["/nonexistent/program"] });
    const events = await waitForEnd(test.services, id);
    expect(outputOf(events, "stderr")).toContain("/nonexistent/program");
  });

  it("renews its lease for as long as the program runs [T2]", async () => {
    const prompt = `echo on; ${untilReleased("stop")}`;
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt });
    await waitForEvents(test.services, id, (events) => outputOf(events) === "on\n");
    const leases = new Set<string>();
    const countLeases = async (): Promise<number> => {
      const { rows } = await test.store.db.execute<{ until: string }>(
        sql`select lease_until::text as until from turns where session_id = ${id}`,
      );
      for (const { until } of rows) leases.add(until);
      return leases.size;
    };
    await expect.poll(countLeases).toBeGreaterThan(3);
    await release(test.services, id, "stop");
    await waitForEnd(test.services, id);
    expect([...leases]).toEqual([...leases].sort());
  });

  it("ends a turn whose time is up and says so", async () => {
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "sleep 300", timeoutSeconds: 1 });
    const events = await waitForEnd(test.services, id);
    expect(outputOf(events, "stderr")).toBe("turn failed: Timed out after 1s\n");
    expect(events.at(-1)).toMatchObject({ type: "error", message: "Session failed" });
    expect(await statusOf(id)).toEqual({ session: ["failed", null], turn: ["failed", null] });
  });

  it("says which stage failed, and removes the sandbox", async () => {
    const networking = { type: "limited", allowed_hosts: ["example.com"] };
    const environmentId = await createTestEnvironment(test.services, test.ownerId, { networking });
    const id = await startTestSession(test.services, { ownerId: test.ownerId, environmentId, prompt: "echo never" });
    const events = await waitForEnd(test.services, id);
    expect(events.find(({ state }) => state === "failed")).toMatchObject({ type: "stage" });
    expect(outputOf(events, "stderr")).toMatch(/^provision failed: .*unrestricted/s);
    expect(outputOf(events)).toBe("");
    expect(events.at(-1)).toMatchObject({ type: "error", message: "Session failed" });
    expect(await statusOf(id)).toEqual({ session: ["failed", null], turn: ["failed", null] });
    while ((await test.services.driver.list()).some((ref) => ref.endsWith(id)));
    const [session] = await test.store.db.select().from(sessions).where(eq(sessions.id, id));
    expect(session?.sandboxRef).toBeNull();
  });

  it("gives the program the session's variables, secrets last", async () => {
    const environmentId = await createTestEnvironment(test.services, test.ownerId, { envVars: { A: "env", B: "env" } });
    const secrets = { B: "secret", C: "multi\nline 'quoted'" };
    const prompt = 'echo "$A $B $C $AOD_MODEL $([ "$AOD_SESSION_ID" ] && echo has-id)"; pwd; echo $HOME';
    const id = await startTestSession(test.services, { ownerId: test.ownerId, environmentId, secrets, prompt });
    const [first, second, workspace, home] = outputOf(await waitForEnd(test.services, id)).split("\n");
    expect([first, second]).toEqual(["env secret multi", "line 'quoted' command has-id"]);
    expect([workspace, home].map((path) => path?.split("/").at(-1))).toEqual(["workspace", "home"]);
  });

  it("stores a line of 10 MB, invalid UTF-8 replaced and half a character at the end kept", async () => {
    const prompt = String.raw`head -c 10485760 /dev/zero | tr '\0' x; printf '\n\xff ok \xf0\x9f\x98\x80 half \xe2\x82'`;
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt });
    const text = outputOf(await waitForEnd(test.services, id));
    expect(text.indexOf("\n")).toBe(10 * 1024 * 1024);
    expect(text.slice(10 * 1024 * 1024)).toBe("\n\u{fffd} ok 😀 half \u{fffd}");
  });

  it("starts every one of many turns that are queued at once", async () => {
    const ids = await Promise.all(
      Array.from({ length: 24 }, (_, index) =>
        startTestSession(test.services, { ownerId: test.ownerId, prompt: `echo ${String(index)}` }),
      ),
    );
    const texts = await Promise.all(ids.map(async (id) => outputOf(await waitForEnd(test.services, id))));
    expect(texts).toEqual(ids.map((_, index) => `${String(index)}\n`));
  });
});
