import pg from "pg";
import { connectionConfig } from "./connection.ts";

export interface PoolOptions {
  readonly connectionString: string;
  readonly size: number;
  /** See {@link connectionConfig}. */
  readonly silenceMs?: number | undefined;
  /** Told about lost connections. */
  readonly onChange?: ((message: string) => void) | undefined;
}

/** A pool whose connections end when the database falls silent, and that never keeps a place for one that is gone. */
export function openPool({ connectionString, size, silenceMs, onChange }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    ...connectionConfig(connectionString, silenceMs),
    max: size,
    application_name: "aod",
    // A process that was cut off cannot roll back: without a limit its locks would stay for hours.
    verify: (client, done) => {
      client.query("set idle_in_transaction_session_timeout = '60s'").then(() => done(), done);
    },
  });
  // An idle connection that the database closed: the pool has already dropped it, the next query opens another.
  pool.on("error", (error) => onChange?.(`A database connection was lost: ${error.message}`));
  const taken = new Set<pg.PoolClient>();
  pool.on("acquire", (client) => taken.add(client));
  pool.on("release", (_error, client) => taken.delete(client));
  pool.on("connect", (client) => {
    // One that is lost between two statements of a transaction: the pool does not listen then, and the process would end.
    client.on("error", () => undefined);
    // drizzle does not give a connection back on which `begin` failed.
    client.once("end", () => {
      if (!taken.has(client)) return;
      const release = client.release.bind(client);
      client.release = () => undefined;
      release(true);
    });
  });
  return pool;
}
