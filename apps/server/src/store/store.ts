import type { NodePgQueryResultHKT } from "drizzle-orm/node-postgres";
import type { PgDatabase } from "drizzle-orm/pg-core";
import type { Pool } from "pg";
import type { Notifications } from "./notifications.ts";
import type * as schema from "./schema.ts";

/** A drizzle database or an open transaction of it: what every query function takes first. */
export type Db = PgDatabase<NodePgQueryResultHKT, typeof schema>;

/** The open database of this process. */
export interface Store extends AsyncDisposable {
  readonly db: Db;
  readonly pool: Pool;
  readonly notifications: Notifications;
  /** For connections outside the pool: advisory locks, pg-boss, statements that take long. */
  readonly connectionString: string;
  /** How the database was found, for the start message and health. */
  readonly origin: "DATABASE_URL" | "running" | "embedded" | "system";
  /**
   * The same database through connections of its own, for work that must not wait for the others. Closed with this one.
   *
   * @param size how many; they are opened when they are needed
   */
  withOwnPool(size: number): Store;
}
