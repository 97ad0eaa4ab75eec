import { and, desc, eq, gt, inArray, isNull, or, sql } from "drizzle-orm";
import { isoTime } from "./iso-time.ts";
import { apiKeys } from "./schema.ts";
import type { Db } from "./store.ts";

/** A key without what makes it one. Times as {@link isoTime} writes them. */
export interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly isActive: boolean;
  readonly expiresAt: string | null;
  /** The agents that it is limited to; null for the whole account. */
  readonly agentIds: readonly string[] | null;
  readonly createdAt: string;
}

const columns = {
  id: apiKeys.id,
  name: apiKeys.name,
  prefix: apiKeys.prefix,
  isActive: apiKeys.isActive,
  expiresAt: isoTime(apiKeys.expiresAt),
  agentIds: apiKeys.agentIds,
  createdAt: isoTime(apiKeys.createdAt),
};

const own = (ownerId: string, id: string) => and(eq(apiKeys.ownerId, ownerId), eq(apiKeys.id, id));

/** The owner's keys, revoked ones too, newest first. */
export async function listApiKeys(db: Db, ownerId: string): Promise<ApiKeyRow[]> {
  return db
    .select(columns)
    .from(apiKeys)
    .where(eq(apiKeys.ownerId, ownerId))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id));
}

/** @param lock keeps the row as it is until the transaction ends */
export async function getApiKey(db: Db, ownerId: string, id: string, lock?: "update"): Promise<ApiKeyRow | null> {
  const query = db.select(columns).from(apiKeys).where(own(ownerId, id));
  const [row] = await (lock === undefined ? query : query.for(lock));
  return row ?? null;
}

/** Those of the keys, of any owner, that still open something. */
export async function findUsableKeys(db: Db, ids: readonly string[]): Promise<Set<string>> {
  const isNotExpired = or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, sql`now()`));
  const rows = await db
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(inArray(apiKeys.id, [...ids]), eq(apiKeys.isActive, true), isNotExpired));
  return new Set(rows.map(({ id }) => id));
}

/** Turns a key off for good; the row stays. */
export async function revokeApiKey(db: Db, ownerId: string, id: string): Promise<void> {
  await db.update(apiKeys).set({ isActive: false }).where(own(ownerId, id));
}
