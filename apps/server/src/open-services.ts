import type { Logger } from "pino";
import { checkKeyring, loadKeyring } from "./auth/load-keyring.ts";
import { ClosingStack } from "./closing-stack.ts";
import type { ServerEnv } from "./env.ts";
import { createEventLog } from "./events/postgres-event-log.ts";
import { openEventTail } from "./events/postgres-event-tail.ts";
import { SessionFeeds } from "./events/session-feeds.ts";
import { checkHealth } from "./health.ts";
import { listForeignSandboxes, openDriver } from "./sandboxes/open-driver.ts";
import type { SandboxDriver } from "./sandboxes/sandbox-driver.ts";
import type { Services } from "./services.ts";
import { readDatabaseName } from "./store/database-name.ts";
import { openStore } from "./store/open-store.ts";
import { createSessionControl, createTurnQueue, type WorkerServices } from "./turns/index.ts";

const [apiConnections, workerConnections] = [16, 8];
/** Longer than its own steps take together, each of which has a limit. */
const storeCloseWithinMs = 10_000;

/** The open parts of a process. */
export interface OpenServices extends Services, AsyncDisposable {
  /** On connections of its own: requests that wait, such as for a lock, must not hold up leases and appends. */
  readonly forWorker: WorkerServices;
}

/**
 * Opens the parts of one server process. Disposing of them closes them in the opposite order.
 *
 * @throws StoreError or ConfigError with what is wrong and what to do.
 */
export async function openServices(env: ServerEnv, logger: Logger): Promise<OpenServices> {
  const opened = new ClosingStack();
  try {
    return { ...(await openParts(env, logger, opened)), [Symbol.asyncDispose]: () => opened.close() };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function openParts(
  env: ServerEnv,
  logger: Logger,
  opened: ClosingStack,
): Promise<Omit<OpenServices, keyof AsyncDisposable>> {
  const warn = (what: string) => (error: unknown) => logger.warn({ err: error }, what);
  const store = opened.use(
    "the store",
    await openStore({
      databaseUrl: env.databaseUrl,
      dataDir: env.dataDir,
      poolSize: apiConnections,
      onChange: (message) => logger.warn(message),
    }),
    storeCloseWithinMs,
  );
  const keyring = loadKeyring(env);
  await checkKeyring(store.db, keyring);
  const tail = opened.use(
    "the event tail",
    await openEventTail(store, { onError: warn("the event tail lost its connection") }),
  );
  const queue = opened.use("the queue", await createTurnQueue(store, warn("the queue could not do its work yet")));
  const feeds = opened.use(
    "the feeds",
    new SessionFeeds({ store, tail, onError: warn("a stream could not be read yet") }),
  );
  const choice = { driver: env.driver, dataDir: env.dataDir, databaseName: await readDatabaseName(store.db) };
  const driver = openDriver(choice);
  if (env.role !== "api" && driver !== null) await warnOfMissing(driver, logger);
  const foreign = await listForeignSandboxes(choice);
  if (foreign.length > 0) {
    logger.warn({ folders: foreign }, "sandboxes of another database stay here: remove what is not needed any more");
  }
  const services: Services = {
    env,
    store,
    tail,
    feeds,
    queue,
    keyring,
    driver,
    logger,
    log: createEventLog(store, tail),
    control: createSessionControl({ store, driver, logger }),
    health: () => checkHealth({ store, keyring, driver, dataDir: env.dataDir }),
  };
  const workerStore = store.withOwnPool(workerConnections);
  return {
    ...services,
    forWorker: { ...services, store: workerStore, log: createEventLog(workerStore, tail) },
  };
}

/** Turns would fail one by one with less to go by. */
async function warnOfMissing(driver: SandboxDriver, logger: Logger): Promise<void> {
  const { missing } = await driver.probe();
  for (const { what, fix } of missing) logger.warn(`The driver '${driver.kind}' lacks ${what}. ${fix}`);
}
