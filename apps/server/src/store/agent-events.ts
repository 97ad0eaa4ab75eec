import type { AgentUsage } from "@aod/core";
import { and, eq, sql } from "drizzle-orm";
import { agentEvents, sessions, turns } from "./schema.ts";
import type { Db } from "./store.ts";

/** A decoded agent event, ready to be stored: its place in the turn, from 1, and its JSON. */
export interface AgentEntry {
  readonly position: number;
  readonly data: string;
}

/** A page ends behind the event with which it holds so many bytes. */
const pageBytes = 4 * 1024 * 1024;
const maxPosition = 2 ** 31 - 1;
/** One statement takes 65,535 parameters. */
const rowsAtOnce = 10_000;

/** Agent events of one turn of the owner's session, in order, those behind `after`. */
export async function listAgentEvents(
  db: Db,
  turn: { ownerId: string; sessionId: string; turn: number },
  page: { after: number; limit: number },
): Promise<{ entries: AgentEntry[]; hasMore: boolean }> {
  // One row more than asked for tells that there is a next page; so does one that is too much for this page.
  const { rows } = await db.execute<{ position: number; data: string; found: number }>(sql`
    with page as materialized (
      select position, data from ${agentEvents}
      where session_id = (select id from ${sessions} where id = ${turn.sessionId} and owner_id = ${turn.ownerId})
        and turn = ${turn.turn} and position > ${Math.min(page.after, maxPosition)}
      order by position limit ${page.limit + 1}
    ), sized as (
      select position, data, count(*) over () :: int as found,
        sum(octet_length(data)) over (order by position) - octet_length(data) as before
      from page
    )
    select position, data, found from sized where before < ${pageBytes} order by position`);
  const entries = rows.slice(0, page.limit).map(({ position, data }) => ({ position, data }));
  return { entries, hasMore: entries.length < (rows[0]?.found ?? 0) };
}

/** How many agent events of a turn are stored. */
export async function countAgentEvents(db: Db, turn: { sessionId: string; turn: number }): Promise<number> {
  const [row] = await db
    .select({ last: sql<number>`coalesce(max(${agentEvents.position}), 0)` })
    .from(agentEvents)
    .where(and(eq(agentEvents.sessionId, turn.sessionId), eq(agentEvents.turn, turn.turn)));
  return row?.last ?? 0;
}

/** More earlier turns than these do not end without saying what the conversation has used. */
const turnsBefore = 20;

/**
 * What the session's conversation had used before this turn, for runtimes that only print running totals: the
 * `thread_usage` of the newest earlier result that has one.
 */
export async function readUsageBefore(db: Db, turn: { sessionId: string; turn: number }): Promise<AgentUsage> {
  if (turn.turn === 1) return {};
  const { rows } = await db.execute<{ data: string }>(sql`
    select last.data from ${turns} as earlier cross join lateral (
      select data from ${agentEvents}
      where session_id = earlier.session_id and turn = earlier.turn
      order by position desc limit 1
    ) as last
    where earlier.session_id = ${turn.sessionId} and earlier.turn < ${turn.turn}
    order by earlier.turn desc limit ${turnsBefore}`);
  const results = rows.map(({ data }) => JSON.parse(data) as { thread_usage?: AgentUsage });
  return results.find(({ thread_usage: usage }) => usage !== undefined)?.thread_usage ?? {};
}

/** Stores agent events in the caller's transaction. */
export async function insertAgentEvents(
  db: Db,
  turn: { sessionId: string; turn: number },
  entries: readonly AgentEntry[],
): Promise<void> {
  for (let start = 0; start < entries.length; start += rowsAtOnce) {
    const rows = entries
      .slice(start, start + rowsAtOnce)
      .map(({ position, data }) => ({ sessionId: turn.sessionId, turn: turn.turn, position, data }));
    await db.insert(agentEvents).values(rows).onConflictDoNothing();
  }
}
