import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createTestOwner, createTestStore } from "../../test/support/database.ts";
import {
  createTurnServices,
  outputOf,
  promptTestSession,
  startTestSession,
  waitForEnd,
} from "../../test/support/turn-services.ts";
import { sessions, turns } from "../store/schema.ts";
import type { Store } from "../store/store.ts";
import { startWorker, type RunningWorker } from "./worker.ts";

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

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

async function statusOf(sessionId: string): Promise<unknown> {
  const [session] = await store.db.select().from(sessions).where(eq(sessions.id, sessionId));
  const [turn] = await store.db.select().from(turns).where(eq(turns.sessionId, sessionId));
  return { session: [session?.status, session?.exitCode], turn: [turn?.status, turn?.exitCode] };
}

describe("worker", () => {
  it("runs a command with the prompt on its standard input, from stages to the exit event", async () => {
    const id = await startTestSession(services, { ownerId, prompt: "echo hello; echo oops >&2" });
    const events = await waitForEnd(services, id);
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
    const id = await startTestSession(services, { ownerId, prompt: "exit 7" });
    expect((await waitForEnd(services, id)).at(-1)).toMatchObject({ type: "exit", code: 7 });
    expect(await statusOf(id)).toEqual({ session: ["failed", 7], turn: ["failed", 7] });
  });

  it("reports death by a signal as 128 and its number", async () => {
    const id = await startTestSession(services, { ownerId, prompt: "kill -SEGV $$" });
    expect((await waitForEnd(services, id)).at(-1)).toMatchObject({ type: "exit", code: 139 });
  });

  it("keeps the files of the first turn for the second", async () => {
    const id = await startTestSession(services, { ownerId, prompt: "echo kept > file" });
    const before = await waitForEnd(services, id);
    await promptTestSession(services, id, 2, "cat file");
    const events = await waitForEnd(services, id, before.length);
    expect(outputOf(events)).toBe("kept\n");
    expect(events.filter(({ type }) => type === "exit")).toHaveLength(1);
  });

  it("says why a program could not be started", async () => {
    const id = await startTestSession(services, { ownerId, command: ["/nonexistent/program"] });
    const events = await waitForEnd(services, id);
    expect(outputOf(events, "stderr")).toContain("/nonexistent/program");
  });
});
