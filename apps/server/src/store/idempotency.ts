import { and, eq, lt, sql } from "drizzle-orm";
import { idempotencyKeys } from "./schema.ts";
import type { Db } from "./store.ts";

/** A request that carries an Idempotency-Key. */
export interface KeyedRequest {
  readonly ownerId: string;
  readonly key: string;
  /** SHA-256 of method, path and body, hex. */
  readonly requestHash: string;
}

/** An answer that was given. */
export interface StoredAnswer {
  readonly requestHash: string;
  readonly status: number;
  readonly body: string;
}

const lifetime = sql`now() - interval '24 hours'`;

const same = (request: KeyedRequest) =>
  and(eq(idempotencyKeys.ownerId, request.ownerId), eq(idempotencyKeys.key, request.key));

/**
 * Takes the key for this transaction. Another transaction that holds it is waited for.
 *
 * @param waitMs how long to wait for it
 * @returns null when the key is now taken, else the answer that the first request got
 * @throws the driver's error with SQLSTATE 55P03 when the other one takes too long
 */
export async function claimKey(db: Db, request: KeyedRequest, waitMs = 5_000): Promise<StoredAnswer | null> {
  await db.delete(idempotencyKeys).where(and(same(request), lt(idempotencyKeys.createdAt, lifetime)));
  await db.execute(sql.raw(`set local lock_timeout = ${waitMs}`));
  const claimed = await db.insert(idempotencyKeys).values(request).onConflictDoNothing().returning();
  await db.execute(sql.raw("set local lock_timeout = 0"));
  if (claimed.length > 0) return null;
  const [first] = await db.select().from(idempotencyKeys).where(same(request));
  // Rows become visible only with their answer: claim, work and answer commit together.
  return { requestHash: first?.requestHash ?? "", status: first?.status ?? 0, body: first?.body ?? "" };
}

/** Keeps the answer of the request that holds the key. */
export async function storeAnswer(
  db: Db,
  request: KeyedRequest,
  answer: { status: number; body: string },
): Promise<void> {
  await db.update(idempotencyKeys).set(answer).where(same(request));
}

/** Removes the answers that nobody can ask for any more. */
export async function deleteExpiredKeys(db: Db): Promise<void> {
  await db.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, lifetime));
}
