import { DomainError } from "../domain/domain-error.ts";
import { archiveEnvironment, type EnvironmentRow } from "../store/environments.ts";
import type { Db } from "../store/store.ts";
import { requireEnvironment } from "./require-row.ts";

/**
 * Hides an environment from lists and from new use, for good, and frees its name.
 *
 * @param db the transaction that it is part of
 * @throws DomainError `environment_not_found`, `environment_already_archived`
 */
export async function archiveOwnEnvironment(db: Db, ownerId: string, id: string): Promise<EnvironmentRow> {
  const environment = await requireEnvironment(db, ownerId, id, "update");
  if (environment.archivedAt !== null) throw new DomainError({ reason: "environment_already_archived" });
  return archiveEnvironment(db, ownerId, id);
}
