import { DomainError } from "../domain/domain-error.ts";
import type { Db } from "../store/store.ts";
import { requireEnvironment } from "./require-row.ts";

/**
 * The environment that agents of this owner are to use by default.
 *
 * @returns its id as it is stored, however it was written
 * @throws DomainError `environment_not_found`, `environment_not_assignable`
 */
export async function findAssignable(db: Db, ownerId: string, environmentId: string | null): Promise<string | null> {
  if (environmentId === null) return null;
  const environment = await requireEnvironment(db, ownerId, environmentId, "key share");
  if (environment.archivedAt !== null) throw new DomainError({ reason: "environment_not_assignable" });
  return environment.id;
}
