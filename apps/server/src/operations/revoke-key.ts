import { DomainError } from "../domain/domain-error.ts";
import { revokeApiKey } from "../store/api-keys.ts";
import type { Db } from "../store/store.ts";
import { requireApiKey } from "./require-row.ts";

/**
 * Turns a key off for good.
 *
 * @param db the transaction that it is part of
 * @param usedId the key that asks for it; null when it was none
 * @throws DomainError `api_key_not_found`, `api_key_in_use`, `api_key_already_revoked`
 */
export async function revokeKey(
  db: Db,
  { ownerId, id, usedId }: { ownerId: string; id: string; usedId: string | null },
): Promise<void> {
  const key = await requireApiKey(db, ownerId, id, "update");
  if (key.id === usedId) throw new DomainError({ reason: "api_key_in_use" });
  if (!key.isActive) throw new DomainError({ reason: "api_key_already_revoked" });
  await revokeApiKey(db, ownerId, id);
}
