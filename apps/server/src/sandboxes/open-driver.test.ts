import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createTestStore } from "../../test/support/database.ts";
import { readDatabaseName } from "../store/database-name.ts";
import { sweepOrphans } from "../turns/sweeps.ts";
import { listForeignSandboxes, openDriver, type DriverChoice } from "./open-driver.ts";

async function choose(dataDir: string) {
  const store = await createTestStore();
  onTestFinished(() => store[Symbol.asyncDispose]());
  const choice: DriverChoice = { driver: "local", dataDir, databaseName: await readDatabaseName(store.db) };
  const driver = openDriver(choice);
  if (driver === null) throw new Error("no driver");
  return { store, driver, choice };
}

it("leaves the sandboxes of another database alone, and says where they are", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "aod-driver-"));
  onTestFinished(() => rm(dataDir, { recursive: true }));
  const [first, second] = await Promise.all([choose(dataDir), choose(dataDir)]);
  const sandbox = await first.driver.create({ id: crypto.randomUUID(), egress: { type: "unrestricted" } });

  await second.driver.warm();
  await sweepOrphans(second.store, second.driver);
  second.driver.close();
  expect(await second.driver.list()).toEqual([]);
  expect(await first.driver.list()).toEqual([sandbox.ref]);
  const folder = join(dataDir, "sandboxes", first.choice.databaseName);
  expect(await listForeignSandboxes(second.choice)).toEqual([folder]);

  // Its own database knows that no session needs it.
  await sweepOrphans(first.store, first.driver);
  expect(await first.driver.list()).toEqual([]);
});

it("gives a database one name for good", async () => {
  const store = await createTestStore();
  onTestFinished(() => store[Symbol.asyncDispose]());
  const names = await Promise.all(Array.from({ length: 4 }, () => readDatabaseName(store.db)));
  expect(new Set([...names, await readDatabaseName(store.db)]).size).toBe(1);
});
