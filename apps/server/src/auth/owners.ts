import { randomUUID } from "node:crypto";
import { AodError } from "@aod/core/errors";
import { sql } from "drizzle-orm";
import { owners } from "../store/schema.ts";
import type { Db } from "../store/store.ts";
import { createApiKey } from "./api-keys.ts";
import type { CreatedApiKey } from "./api-keys.ts";

/** Any number that nobody else uses for a lock in this database. */
const lock = 8_777_002;

/**
 * Makes an account and its first key.
 *
 * @throws AodError `conflict` when the name is taken.
 */
export async function createOwner(db: Db, name: string): Promise<{ ownerId: string; key: CreatedApiKey }> {
  return db.transaction(async (transaction) => {
    const ownerId = randomUUID();
    const made = await transaction
      .insert(owners)
      .values({ id: ownerId, name })
      .onConflictDoNothing()
      .returning({ id: owners.id });
    if (made.length === 0) throw new AodError("conflict", `There is already an owner named ${JSON.stringify(name)}.`);
    return { ownerId, key: await createApiKey(transaction, { ownerId, name: "default" }) };
  });
}

/** On a database without any owner: makes `default` with its key. null on every later start. */
export async function ensureFirstOwner(db: Db): Promise<CreatedApiKey | null> {
  return db.transaction(async (transaction) => {
    // Several servers may start on one new database: one of them makes the owner.
    await transaction.execute(sql`select pg_advisory_xact_lock(${lock})`);
    const [existing] = await transaction.select({ id: owners.id }).from(owners).limit(1);
    return existing === undefined ? (await createOwner(transaction, "default")).key : null;
  });
}
