import type { AgentResult, AgentUsage, TurnStatus } from "@aod/core";
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
  /** null until it is over, and where nobody decoded it; so is everything below. */
  readonly verdict: AgentResult["verdict"] | null;
  readonly resultText: string | null;
  readonly usage: AgentUsage | null;
  readonly costUsd: number | null;
  /** What the runtime says that it uses, else what the agent asks for. */
  readonly model: string;
  readonly toolCalls: number | null;
  readonly tools: readonly { readonly name: string; readonly calls: number }[] | null;
}

/** First turn first. The session must be the owner's. */
export async function listTurns(db: Db, ownerId: string, sessionId: string): Promise<TurnView[]> {
  return db
    .select({
      turn: turns.turn,
      prompt: turns.prompt,
      status: turns.status,
      exitCode: turns.exitCode,
      createdAt: isoTime(turns.createdAt),
      startedAt: isoTime(turns.startedAt),
      endedAt: isoTime(turns.endedAt),
      verdict: turns.verdict,
      resultText: turns.resultText,
      usage: turns.usage,
      costUsd: turns.costUsd,
      model: sql<string>`coalesce(${turns.model}, ${sessions.agentSnapshot} ->> 'model')`,
      toolCalls: turns.toolCalls,
      tools: turns.tools,
    })
    .from(turns)
    .innerJoin(sessions, eq(sessions.id, turns.sessionId))
    .where(and(eq(sessions.ownerId, ownerId), eq(turns.sessionId, sessionId)))
    .orderBy(asc(turns.turn));
}

/** Stores a pending turn. */
export async function insertTurn(
  db: Db,
  turn: { sessionId: string; turn: number; prompt: string; timeoutSeconds: number },
): Promise<void> {
  await db.insert(turns).values({ ...turn, status: "pending" });
}

/** Notes that the running turn is to be interrupted. @returns its number, or null when none runs */
export async function requestInterrupt(db: Db, sessionId: string): Promise<number | null> {
  const [row] = await db
    .update(turns)
    .set({ interruptRequestedAt: sql`coalesce(${turns.interruptRequestedAt}, now())` })
    .where(and(eq(turns.sessionId, sessionId), eq(turns.status, "running")))
    .returning({ turn: turns.turn });
  return row?.turn ?? null;
}

/** Ends the turn that waits, so that no worker starts it. @returns its number, or null when none waits */
export async function endPendingTurn(
  db: Db,
  sessionId: string,
  end: { exitCode: number; verdict: AgentResult["verdict"] },
): Promise<number | null> {
  const [row] = await db
    .update(turns)
    .set({ status: "completed", ...end, interruptRequestedAt: sql`now()`, endedAt: sql`now()` })
    .where(and(eq(turns.sessionId, sessionId), eq(turns.status, "pending")))
    .returning({ turn: turns.turn });
  return row?.turn ?? null;
}

/** Does the session have this turn? The session must be the owner's. */
export async function hasTurn(db: Db, sessionId: string, turn: number): Promise<boolean> {
  const rows = await db
    .select({ turn: turns.turn })
    .from(turns)
    .where(and(eq(turns.sessionId, sessionId), eq(turns.turn, turn)));
  return rows.length > 0;
}

/** Fails the turn that waits or runs, without an exit code: from here on its worker's fence is stale. */
export async function failActiveTurn(db: Db, sessionId: string): Promise<void> {
  await db
    .update(turns)
    .set({ status: "failed", verdict: "interrupted", endedAt: sql`now()` })
    .where(and(eq(turns.sessionId, sessionId), inArray(turns.status, ["pending", "running"])));
}
