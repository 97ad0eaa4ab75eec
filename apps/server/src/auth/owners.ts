import { randomUUID } from "node:crypto";
import { AodError } from "@aod/core/errors";
import { eq, sql } from "drizzle-orm";
import { owners } from "../store/schema.ts";
import type { Db } from "../store/store.ts";
import { createApiKey } from "./api-keys.ts";
import type { CreatedApiKey } from "./api-keys.ts";

/** Held while an account is made that must be made once. Any number that nobody else uses for a lock in this database. */
const lock = 8_777_002;

/** One at a time, also of several servers, until the transaction ends. */
export async function lockOwners(transaction: Db): Promise<void> {
  await transaction.execute(sql`select pg_advisory_xact_lock(${lock})`);
}

/** @throws AodError `not_found` */
export async function requireOwner(db: Db, name: string): Promise<string> {
  const [row] = await db.select({ id: owners.id }).from(owners).where(eq(owners.name, name));
  if (row === undefined) throw noOwner(name);
  return row.id;
}

function noOwner(name: string): AodError {
  return new AodError("not_found", `There is no owner named ${JSON.stringify(name)}.`);
}

/**
 * Makes an account without a key.
 *
 * @param maxSessions pending and running sessions that it may have; null for the deployment's own limit
 * @returns its id
 * @throws AodError `conflict` when the name is taken.
 */
export async function createKeylessOwner(db: Db, name: string, maxSessions: number | null = null): Promise<string> {
  const ownerId = randomUUID();
  const made = await db
    .insert(owners)
    .values({ id: ownerId, name, maxConcurrentSessions: maxSessions })
    .onConflictDoNothing()
    .returning({ id: owners.id });
  if (made.length === 0) throw new AodError("conflict", `There is already an owner named ${JSON.stringify(name)}.`);
  return ownerId;
}

/**
 * Makes an account and its first key.
 *
 * @param maxSessions pending and running sessions that it may have; null for the deployment's own limit
 * @throws AodError `conflict` when the name is taken.
 */
export async function createOwner(
  db: Db,
  name: string,
  maxSessions: number | null = null,
): Promise<{ ownerId: string; key: CreatedApiKey }> {
  return db.transaction(async (transaction) => {
    const ownerId = await createKeylessOwner(transaction, name, maxSessions);
    return { ownerId, key: await createApiKey(transaction, { ownerId, name: "default" }) };
  });
}

/**
 * Makes one more key for an account, without any other key of it.
 *
 * @throws AodError `not_found`
 */
export async function createKeyOfOwner(db: Db, owner: string, name: string): Promise<CreatedApiKey> {
  return createApiKey(db, { ownerId: await requireOwner(db, owner), name });
}

/**
 * Sets how many pending and running sessions an account may have. Those that it has go on.
 *
 * @param maxSessions null for the deployment's own limit
 * @throws AodError `not_found`
 */
export async function limitOwner(db: Db, name: string, maxSessions: number | null): Promise<void> {
  const changed = await db
    .update(owners)
    .set({ maxConcurrentSessions: maxSessions })
    .where(eq(owners.name, name))
    .returning({ id: owners.id });
  if (changed.length === 0) throw noOwner(name);
}

/**
 * On a database without any owner: makes `default` with its key. null on every later start.
 *
 * @param keep puts the key where it can be found. Done before the key is committed: a process that is killed in between
 *   leaves a saved key that opens nothing, and the next start makes another one.
 */
export async function ensureFirstOwner(
  db: Db,
  keep: (key: CreatedApiKey) => Promise<void>,
): Promise<CreatedApiKey | null> {
  return db.transaction(async (transaction) => {
    await lockOwners(transaction);
    const [existing] = await transaction.select({ id: owners.id }).from(owners).limit(1);
    if (existing !== undefined) return null;
    const { key } = await createOwner(transaction, "default");
    await keep(key);
    return key;
  });
}
