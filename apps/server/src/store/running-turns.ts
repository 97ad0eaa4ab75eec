// What a worker asks and stores while it holds a turn. By session alone: a worker serves every owner.
import type { SessionStatus, TurnStatus } from "@aod/core";
import { and, eq, sql } from "drizzle-orm";
import { sessions, turns } from "./schema.ts";
import type { Db } from "./store.ts";

/** A turn under one fencing token. */
export interface FencedTurn {
  readonly sessionId: string;
  readonly turn: number;
  readonly attempt: number;
}

/** The highest number in a session's log, behind every append that is still being committed. */
export async function readLastSeq(db: Db, sessionId: string): Promise<number> {
  const [row] = await db
    .select({ lastSeq: sessions.lastSeq })
    .from(sessions)
    .where(eq(sessions.id, sessionId))
    // An append whose connection broke may still be at work in the database: its lock is waited for.
    .for("no key update");
  return row?.lastSeq ?? 0;
}

/** Notes the sandbox of a session, or that it has none. @returns false when the turn does not run under this token any more */
export async function storeSandboxRef(db: Db, held: FencedTurn, ref: string | null): Promise<boolean> {
  const { sessionId, turn, attempt } = held;
  // Session before turn, as in every transaction: another order would end in deadlocks.
  const { rowCount } = await db.execute(sql`
    with session as materialized (
      select id from ${sessions} where id = ${sessionId} for no key update
    ), own as materialized (
      select turn from ${turns}
      where session_id = ${sessionId} and turn = ${turn} and attempt = ${attempt} and status = 'running'
        and exists (select from session)
      for share
    )
    update ${sessions} set sandbox_ref = ${ref} where id = ${sessionId} and exists (select from own)`);
  return rowCount === 1;
}

/** What became of a turn and its session; null when they are gone. */
export async function findTurnState(
  db: Db,
  { sessionId, turn }: Pick<FencedTurn, "sessionId" | "turn">,
): Promise<{ session: SessionStatus; turn: TurnStatus } | null> {
  const [row] = await db
    .select({ session: sessions.status, turn: turns.status })
    .from(turns)
    .innerJoin(sessions, eq(sessions.id, turns.sessionId))
    .where(and(eq(turns.sessionId, sessionId), eq(turns.turn, turn)));
  return row ?? null;
}
