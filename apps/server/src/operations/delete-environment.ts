import { DomainError } from "../domain/domain-error.ts";
import { violates } from "../store/database-error.ts";
import { deleteEnvironment } from "../store/environments.ts";
import type { Db } from "../store/store.ts";

/**
 * Removes an environment and its history. Agents that used it lose the link.
 *
 * @throws DomainError `environment_not_found`, `environment_in_use`
 */
export async function deleteOwnEnvironment(db: Db, ownerId: string, id: string): Promise<void> {
  try {
    const isDeleted = await deleteEnvironment(db, ownerId, id);
    if (!isDeleted) throw new DomainError({ reason: "environment_not_found" });
  } catch (error) {
    if (violates(error, "sessions_environment_id_environments_id_fk")) {
      throw new DomainError({ reason: "environment_in_use" }, { cause: error });
    }
    throw error;
  }
}
