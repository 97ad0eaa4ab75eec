import { sql } from "drizzle-orm";
import type { Store } from "../store/store.ts";

const sessionsAtOnce = 50;

/**
 * Removes the events of sessions that have been finished for longer than `days`. The sessions stay: their numbers go on
 * where they were, and their proof starts again, so that what is written later can still be checked.
 *
 * @returns how many sessions were purged.
 */
export async function purgeExpiredEvents(store: Store, days: number): Promise<number> {
  for (let purged = 0; ;) {
    const { rows } = await store.db.execute<{ count: number }>(sql`
      with expired as materialized (
        select id from sessions
        where status in ('completed', 'failed', 'terminated') and event_count > 0
          and updated_at < now() - make_interval(days => ${days})
        order by id limit ${sessionsAtOnce} for no key update skip locked
      ), removed as (
        delete from events where session_id in (select id from expired)
      ), forgotten as (
        delete from agent_events where session_id in (select id from expired)
      ), reset as (
        update sessions set event_count = 0, digest_state = '' where id in (select id from expired) returning id
      )
      select count(*)::int as count from reset`);
    const count = rows[0]?.count ?? 0;
    purged += count;
    if (count < sessionsAtOnce) return purged;
  }
}
