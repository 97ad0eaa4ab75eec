import type { apiKeyCreateSchema } from "@aod/core";
import type { z } from "zod";
import { createApiKey } from "../auth/api-keys.ts";
import type { ApiKeyRow } from "../store/api-keys.ts";
import type { Db } from "../store/store.ts";
import { requireAgent, requireApiKey } from "./require-row.ts";

/** A checked `POST /keys`. */
export type NewKey = z.output<typeof apiKeyCreateSchema>;

/**
 * Makes a key of the account, or one that is limited to some of its agents.
 *
 * @param db the transaction that it is part of
 * @throws DomainError `agent_not_found` for a scope
 */
export async function createKey(
  db: Db,
  ownerId: string,
  { name, expires_at, scopes }: NewKey,
): Promise<{ row: ApiKeyRow; key: string }> {
  const agentIds = scopes?.map((scope) => scope.slice("agent:".length)) ?? null;
  for (const id of agentIds ?? []) await requireAgent(db, ownerId, id);
  const expiresAt = typeof expires_at === "string" ? new Date(expires_at) : null;
  const { id, key } = await createApiKey(db, { ownerId, name, expiresAt, agentIds });
  return { row: await requireApiKey(db, ownerId, id), key };
}
