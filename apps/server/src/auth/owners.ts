import { randomUUID } from "node:crypto";
import { AodError } from "@aod/core/errors";
import { eq, sql } from "drizzle-orm";
import { owners } from "../store/schema.ts";
import type { Db } from "../store/store.ts";
import { createApiKey } from "./api-keys.ts";
import type { CreatedApiKey } from "./api-keys.ts";

/** Any number that nobody else uses for a lock in this database. */
const lock = 8_777_002;

function noOwner(name: string): AodError {
  return new AodError("not_found", `There is no owner named ${JSON.stringify(name)}.`);
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
    const ownerId = randomUUID();
    const made = await transaction
      .insert(owners)
      .values({ id: ownerId, name, maxConcurrentSessions: maxSessions })
      .onConflictDoNothing()
      .returning({ id: owners.id });
    if (made.length === 0) throw new AodError("conflict", `There is already an owner named ${JSON.stringify(name)}.`);
    return { ownerId, key: await createApiKey(transaction, { ownerId, name: "default" }) };
  });
}

/**
 * Makes one more key for an account, without any other key of it.
 *
 * @throws AodError `not_found`
 */
export async function createKeyOfOwner(db: Db, owner: string, name: string): Promise<CreatedApiKey> {
  const [row] = await db.select({ id: owners.id }).from(owners).where(eq(owners.name, owner));
  if (row === undefined) throw noOwner(owner);
  return createApiKey(db, { ownerId: row.id, name });
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
    // Several servers may start on one new database: one of them makes the owner.
    await transaction.execute(sql`select pg_advisory_xact_lock(${lock})`);
    const [existing] = await transaction.select({ id: owners.id }).from(owners).limit(1);
    if (existing !== undefined) return null;
    const { key } = await createOwner(transaction, "default");
    await keep(key);
    return key;
  });
}
