import type { TurnStatus } from "@aod/core";
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { isoTime } from "./iso-time.ts";
import { sessions, turns } from "./schema.ts";
import type { Db } from "./store.ts";

/** A turn as its owner sees it. Times as {@link isoTime} writes them. */
export interface TurnView {
  readonly turn: number;
  readonly prompt: string;
  readonly status: TurnStatus;
  readonly exitCode: number | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

/** First turn first. The session must be the owner's. */
export async function listTurns(db: Db, ownerId: string, sessionId: string): Promise<TurnView[]> {
  const rows = await db
    .select({
      turn: turns.turn,
      prompt: turns.prompt,
      status: turns.status,
      exitCode: turns.exitCode,
      createdAt: isoTime(turns.createdAt),
      startedAt: isoTime(turns.startedAt),
      endedAt: isoTime(turns.endedAt),
    })
    .from(turns)
    .innerJoin(sessions, eq(sessions.id, turns.sessionId))
    .where(and(eq(sessions.ownerId, ownerId), eq(turns.sessionId, sessionId)))
    .orderBy(asc(turns.turn));
  return rows as TurnView[];
}

/** Stores a pending turn. */
export async function insertTurn(
  db: Db,
  turn: { sessionId: string; turn: number; prompt: string; timeoutSeconds: number },
): Promise<void> {
  await db.insert(turns).values({ ...turn, status: "pending" });
}

/** Fails the turn that waits or runs, without an exit code: from here on its worker's fence is stale. */
export async function failActiveTurn(db: Db, sessionId: string): Promise<void> {
  await db
    .update(turns)
    .set({ status: "failed", endedAt: sql`now()` })
    .where(and(eq(turns.sessionId, sessionId), inArray(turns.status, ["pending", "running"])));
}
