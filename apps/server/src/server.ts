import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { buildApp } from "./app.ts";
import { refreshCredentials, saveCredentials } from "./auth/credentials.ts";
import { ensureFirstOwner } from "./auth/owners.ts";
import { ClosingStack } from "./closing-stack.ts";
import { ConfigError } from "./env.ts";
import type { ServerEnv, ServerRole } from "./env.ts";
import { purgeExpiredEvents } from "./events/retention.ts";
import { createLogger } from "./logger.ts";
import { openServices, type OpenServices } from "./open-services.ts";
import type { Services } from "./services.ts";
import { deleteExpiredKeys } from "./store/idempotency.ts";
import type { Store } from "./store/store.ts";
import { startWorker } from "./turns/index.ts";

const purgeEveryMs = 24 * 3_600_000;
/** For requests and turns that are under way. */
const busyCloseWithinMs = 5_000;
/** Longer than its own steps take together, each of which has a limit. */
const servicesCloseWithinMs = 20_000;

/** The key of the owner that the first start made. */
export interface FirstKey {
  /** Known only now: the database has its hash. */
  readonly key: string;
  /** Where it was saved for the command line; null when it could not be. */
  readonly savedIn: string | null;
}

/** A server that is ready. */
export interface RunningServer extends AsyncDisposable {
  /** Where it answers; null for a worker. */
  readonly url: string | null;
  readonly role: ServerRole;
  /** What makes sandboxes; null when none was chosen. */
  readonly driver: string | null;
  readonly database: Store["origin"];
  /** Only on the first start of a database. */
  readonly firstKey: FirstKey | null;
  readonly services: Services;
  /** Ends streams, finishes requests, gives running turns to the next worker, closes the database. Safe to call twice. */
  close(): Promise<void>;
}

async function listen(app: FastifyInstance, { host, port }: ServerEnv): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EADDRINUSE") {
      throw new ConfigError(
        `Port ${port} on ${host} is in use. Stop what listens there, or choose another with --port or AOD_PORT.`,
      );
    }
    if (code === "EACCES" || code === "EADDRNOTAVAIL") {
      throw new ConfigError(
        `Cannot listen on port ${port} of ${host} (${code}). Choose others with --port and --host.`,
      );
    }
    throw error;
  }
  const { port: actual } = app.server.address() as AddressInfo;
  // Where a client on this machine reaches it.
  const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${actual}`;
}

/** The first owner and key; on later starts keeps the saved address right. */
async function prepareCredentials(services: Services, url: string): Promise<FirstKey | null> {
  const { env, logger, store } = services;
  const unsaved = (error: unknown) => {
    logger.warn({ err: error }, `the credentials in ${env.configDir} could not be saved`);
    return null;
  };
  let savedIn: string | null = null;
  const first = await ensureFirstOwner(store.db, async ({ key }) => {
    savedIn = await saveCredentials(env.configDir, { url, token: key }).catch(unsaved);
  });
  if (first !== null) return { key: first.key, savedIn };
  const other = await refreshCredentials(store.db, env.configDir, url).catch(unsaved);
  if (other?.moved === true) logger.warn(`aod's profile "default" is for ${url} now: ${other.savedUrl} did not answer`);
  else if (other)
    logger.warn(`aod's profile "default" stays for ${other.savedUrl}, which answers; reach this one with --url ${url}`);
  return null;
}

function startPurge({ env, store, logger }: Services): Disposable {
  const purge = () => {
    deleteExpiredKeys(store.db).catch((error: unknown) => {
      logger.warn({ err: error }, "could not remove old idempotency keys yet");
    });
    if (env.retentionDays === 0) return;
    purgeExpiredEvents(store, env.retentionDays).then(
      (sessions) => sessions > 0 && logger.info({ sessions }, "removed the events of old sessions"),
      (error: unknown) => logger.warn({ err: error }, "could not remove the events of old sessions yet"),
    );
  };
  purge();
  const timer = setInterval(purge, purgeEveryMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/**
 * Opens everything that `env` asks for and listens.
 *
 * @throws StoreError, ConfigError with what is wrong and what to do; nothing is left running then.
 */
export async function startServer(env: ServerEnv, logger: Logger = createLogger(env)): Promise<RunningServer> {
  const opened = new ClosingStack();
  try {
    const services = opened.use("the services", await openServices(env, logger), servicesCloseWithinMs);
    return await startParts(services, opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function startParts(services: OpenServices, opened: ClosingStack): Promise<RunningServer> {
  const { env, driver, feeds, logger, store } = services;
  let url: string | null = null;
  let firstKey: FirstKey | null = null;
  if (env.role !== "worker") {
    const app = buildApp(services);
    opened.defer("the API", () => app.close(), busyCloseWithinMs);
    // Streams never end by themselves: they have to go before the application can close.
    opened.defer("the streams", () => feeds[Symbol.dispose]());
    url = await listen(app, env);
    firstKey = await prepareCredentials(services, url);
  }
  if (env.role !== "api") {
    const worker = await startWorker(services.forWorker);
    opened.defer("the worker", () => worker.close(), busyCloseWithinMs);
    opened.use("the purge", startPurge(services));
  }
  if (driver?.kind === "local") logger.info("driver local: agents run on this machine without isolation");
  const close = () => opened.close();
  return {
    url,
    role: env.role,
    driver: driver?.kind ?? null,
    database: store.origin,
    firstKey,
    services,
    close,
    [Symbol.asyncDispose]: close,
  };
}
