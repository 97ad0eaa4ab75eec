// Which sandboxes of a machine are still needed. Not scoped by owner: a sweep serves every owner.
import { and, eq, inArray, sql, type SQL } from "drizzle-orm";
import { sessions } from "./schema.ts";
import type { Db } from "./store.ts";

/** Those of these sessions that a turn can still run in: the others are failed, terminated or gone. */
export async function listUsableSessions(db: Db, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(inArray(sessions.id, [...ids]), inArray(sessions.status, ["pending", "running", "completed"])));
  return new Set(rows.map(({ id }) => id));
}

const isIdle = (days: number): SQL =>
  sql`${sessions.status} = 'completed' and ${sessions.updatedAt} < now() - make_interval(days => ${days})`;

/** Those of these sessions that wait for a prompt for longer than `days`. */
export async function listIdleSessions(db: Db, ids: readonly string[], days: number): Promise<string[]> {
  const rows = await db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(inArray(sessions.id, [...ids]), isIdle(days)));
  return rows.map(({ id }) => id);
}

/**
 * Takes the sandbox from a session that is still idle. The session's row stays locked until the caller's transaction ends:
 * no turn begins meanwhile.
 */
export async function forgetIdleSandbox(db: Db, id: string, days: number): Promise<boolean> {
  const rows = await db
    .update(sessions)
    .set({ sandboxRef: null })
    .where(and(eq(sessions.id, id), isIdle(days)))
    .returning({ id: sessions.id });
  return rows.length > 0;
}
