import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { createTestStore } from "../test/support/database.ts";
import { createRunningSession } from "../test/support/sessions.ts";
import { readEnv } from "./env.ts";
import { openServices } from "./open-services.ts";

test("the worker renews and appends while requests hold all connections of the API", async () => {
  const store = await createTestStore();
  onTestFinished(() => store[Symbol.asyncDispose]());
  const dataDir = await mkdtemp(join(tmpdir(), "aod-services-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const env = readEnv({ AOD_DATA_DIR: dataDir, DATABASE_URL: store.connectionString });
  const services = await openServices(env, pino({ level: "silent" }));
  onTestFinished(() => services[Symbol.asyncDispose]());
  const { sessionId } = await createRunningSession(store);
  const size = services.store.pool.options.max;
  const held = await Promise.all(Array.from({ length: size }, () => services.store.pool.connect()));

  const entries = [{ type: "output" as const, turn: 1, fields: { stream: "stdout", data: "a", turn: 1 } }];
  const { log } = services.forWorker;
  expect(await log.append({ sessionId, fence: { turn: 1, attempt: 1 }, entries })).toEqual({ lastSeq: 1 });
  for (const client of held) client.release();
});

test("says at the start what the driver lacks", async () => {
  const store = await createTestStore();
  onTestFinished(() => store[Symbol.asyncDispose]());
  const dataDir = await mkdtemp(join(tmpdir(), "aod-services-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  await writeFile(join(dataDir, "sandboxes"), "a file where a folder should be");
  const lines: string[] = [];
  const env = readEnv({ AOD_DATA_DIR: dataDir, DATABASE_URL: store.connectionString, AOD_DRIVER: "local" });
  const services = await openServices(env, pino({ level: "warn" }, { write: (line: string) => void lines.push(line) }));
  await services[Symbol.asyncDispose]();
  expect(lines.join("")).toContain("The driver 'local' lacks a writable folder for sandboxes");
});
