import { notRunBanner } from "@aod/testing/not-run";
import { canMount, fullDisk, mountSmallDisk } from "@aod/testing/small-disk";
import pino from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestOwner, createTestStore } from "../../test/support/database.ts";
import {
  createTurnServices,
  outputOf,
  promptTestSession,
  startTestSession,
  waitForEnd,
} from "../../test/support/turn-services.ts";
import type { Store } from "../store/store.ts";
import { startWorker } from "./index.ts";

let store: Store;
let ownerId: string;
beforeAll(async () => {
  store = await createTestStore();
  ownerId = await createTestOwner(store);
});
afterAll(() => store[Symbol.asyncDispose]());

test("a turn that writes more than it may is ended, says so, and delivers what it wrote until then", async () => {
  await using services = await createTurnServices(store);
  const worker = await startWorker({ ...services, env: { ...services.env, maxTurnOutputBytes: 10_000 } });
  const id = await startTestSession(services, { ownerId, prompt: "echo first; exec yes" });
  const events = await waitForEnd(services, id);
  await worker.close();
  expect(outputOf(events)).toMatch(/^first\n(y\n){4997}/);
  expect(events.at(-1)).toMatchObject({
    type: "error",
    message: "Session failed",
    reason: "turn failed: The turn wrote more than 10000 bytes",
  });
});

test("a machine where nothing can be mounted is announced, not passed over", () => {
  expect(notRunBanner([fullDisk])).toContain("NOT RUN: what a server does on a full disk");
});

if (canMount()) {
  test("a turn that begins on a full disk waits for room", async () => {
    using disk = mountSmallDisk(8)!;
    await using services = await createTurnServices(store, { dataDir: disk.folder });
    const waits = Promise.withResolvers<undefined>();
    const onLine = (line: string): void => {
      if (line.includes("the disk is full; the turn waits for room")) waits.resolve(undefined);
    };
    const worker = await startWorker({ ...services, logger: pino({ level: "warn" }, { write: onLine }) });
    const id = await startTestSession(services, { ownerId, prompt: "echo one" });
    const first = await waitForEnd(services, id);
    disk.fill();
    await promptTestSession(services, id, 2, "echo two");
    await waits.promise;
    disk.free();
    const events = await waitForEnd(services, id, first.at(-1)?.id);
    await worker.close();
    expect(outputOf(events)).toBe("one\ntwo\n");
    expect(events.at(-1)).toMatchObject({ type: "exit", code: 0 });
  });
}
