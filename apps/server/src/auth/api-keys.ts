import { createHash, randomBytes, randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { apiKeys } from "../store/schema.ts";
import type { Db } from "../store/store.ts";

const prefixLength = 12;

/** The only moment at which a key is known in full. */
export interface CreatedApiKey {
  readonly id: string;
  /** `aod_` and 43 base64url characters. */
  readonly key: string;
  readonly prefix: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

/** Whom a key belongs to, or why it opens nothing. */
export type ApiKeyMatch =
  | {
      readonly status: "valid";
      readonly ownerId: string;
      readonly keyId: string;
      /** The agents that it is limited to; null for the whole account. */
      readonly agentIds: readonly string[] | null;
    }
  | { readonly status: "unknown" | "inactive" | "expired" };

function hash(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** Makes a key for an owner. Only its hash is stored. */
export async function createApiKey(
  db: Db,
  options: { ownerId: string; name: string; expiresAt?: Date | null; agentIds?: readonly string[] | null },
): Promise<CreatedApiKey> {
  const key = `aod_${randomBytes(32).toString("base64url")}`;
  const id = randomUUID();
  const prefix = key.slice(0, prefixLength);
  const [row] = await db
    .insert(apiKeys)
    .values({
      id,
      ownerId: options.ownerId,
      name: options.name,
      prefix,
      hash: hash(key),
      expiresAt: options.expiresAt ?? null,
      agentIds: options.agentIds ?? null,
    })
    .returning({ createdAt: apiKeys.createdAt });
  return {
    id,
    key,
    prefix,
    name: options.name,
    createdAt: row?.createdAt ?? new Date(),
    expiresAt: options.expiresAt ?? null,
  };
}

/** Looks up a key as a client sent it. Expiry is judged by the database's clock. */
export async function findApiKey(db: Db, key: string): Promise<ApiKeyMatch> {
  const [row] = await db
    .select({
      id: apiKeys.id,
      ownerId: apiKeys.ownerId,
      agentIds: apiKeys.agentIds,
      isActive: apiKeys.isActive,
      isExpired: sql<boolean>`coalesce(${apiKeys.expiresAt} <= now(), false)`,
    })
    .from(apiKeys)
    .where(eq(apiKeys.hash, hash(key)));
  if (row === undefined) return { status: "unknown" };
  if (!row.isActive) return { status: "inactive" };
  if (row.isExpired) return { status: "expired" };
  return { status: "valid", ownerId: row.ownerId, keyId: row.id, agentIds: row.agentIds };
}
