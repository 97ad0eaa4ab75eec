import pg from "pg";
import type { Store } from "../store/store.ts";

const sessionsAtOnce = 50;

const statement = `
  with expired as materialized (
    select id from sessions
    where status in ('completed', 'failed', 'terminated') and event_count > 0
      and updated_at < now() - make_interval(days => $1)
    order by id limit $2 for no key update skip locked
  ), removed as (
    delete from events where session_id in (select id from expired)
  ), forgotten as (
    delete from agent_events where session_id in (select id from expired)
  ), reset as (
    update sessions set event_count = 0, digest_state = '' where id in (select id from expired) returning id
  )
  select count(*)::int as count from reset`;

/**
 * Removes the events of sessions that have been finished for longer than `days`. The sessions stay: their numbers go on
 * where they were, and their proof starts again, so that what is written later can still be checked.
 *
 * @returns how many sessions were purged.
 */
export async function purgeExpiredEvents(store: Store, days: number): Promise<number> {
  // On a connection of its own: the others are given up when a statement takes as long as this one may.
  const { connectionString } = store;
  const client = new pg.Client({ connectionString, application_name: "aod purge", keepAlive: true });
  client.on("error", () => undefined);
  await client.connect();
  try {
    for (let purged = 0; ;) {
      const { rows } = await client.query<{ count: number }>(statement, [days, sessionsAtOnce]);
      const count = rows[0]?.count ?? 0;
      purged += count;
      if (count < sessionsAtOnce) return purged;
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}
