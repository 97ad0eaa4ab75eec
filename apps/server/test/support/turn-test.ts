import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { startWorker, type RunningWorker, type WorkerServices, type WorkerTimes } from "../../src/turns/index.ts";
import { createTestOwner, createTestStore } from "./database.ts";
import { startWorkerProcess, type WorkerProcess } from "./start-worker-process.ts";
import { createTurnServices, type TurnServicesOptions } from "./turn-services.ts";

/** What the tests of one file share: a database, an owner and a folder, made before the first of them. */
export interface TurnTest {
  readonly store: Store;
  readonly ownerId: string;
  readonly services: Awaited<ReturnType<typeof createTurnServices>>;
  /** A worker in this process, which is closed after the test at the latest. */
  startHere(times?: WorkerTimes, services?: WorkerServices): Promise<RunningWorker>;
  /** A worker in a process of its own, which is killed after the test at the latest. */
  startProcess(): Promise<WorkerProcess>;
}

/** Called once, at the top of a test file. */
export function setUpTurnTest(options: Omit<TurnServicesOptions, "dataDir"> = {}): TurnTest {
  const workers: RunningWorker[] = [];
  const processes: WorkerProcess[] = [];
  let opened: Pick<TurnTest, "store" | "ownerId" | "services"> | undefined;
  let dataDir = "";
  const get = () => {
    if (opened === undefined) throw new Error("only inside of tests and hooks");
    return opened;
  };
  beforeAll(async () => {
    const store = await createTestStore();
    dataDir = await mkdtemp(join(tmpdir(), "aod-turns-"));
    const services = await createTurnServices(store, { ...options, dataDir });
    opened = { store, services, ownerId: await createTestOwner(store) };
  });
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.close();
    await Promise.all(processes.splice(0).map((process) => process.end("SIGKILL").catch(() => undefined)));
  });
  afterAll(async () => {
    await opened?.services[Symbol.asyncDispose]();
    await opened?.store[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  });
  return {
    get store() {
      return get().store;
    },
    get ownerId() {
      return get().ownerId;
    },
    get services() {
      return get().services;
    },
    startHere: async (times, services = get().services) => {
      const worker = await startWorker(services, times);
      workers.push(worker);
      return worker;
    },
    startProcess: async () => {
      const started = await startWorkerProcess(get().store.connectionString, dataDir);
      processes.push(started);
      return started;
    },
  };
}
