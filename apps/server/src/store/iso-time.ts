import { sql, type AnyColumn, type SQL } from "drizzle-orm";

const format = sql.raw(`'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'`);

type IsoTime<C extends AnyColumn> = C["_"]["notNull"] extends true ? string : string | null;

/**
 * A time as `2026-04-17T14:00:00.000000+00:00`: UTC, always six digits. Rendered by the database, because a JavaScript
 * `Date` would drop the microseconds.
 */
export function isoTime<C extends AnyColumn>(column: C): SQL<IsoTime<C>> {
  return sql<IsoTime<C>>`to_char(${column} at time zone 'UTC', ${format})`;
}
