import { DomainError } from "../domain/domain-error.ts";
import { violates } from "../store/database-error.ts";

/**
 * Stores an environment under a name. The index decides whether it is free, not a look before: two requests at once cannot
 * both have it.
 *
 * @throws DomainError `environment_name_taken`
 */
export async function withFreeName<T>(name: string, store: () => Promise<T>): Promise<T> {
  try {
    return await store();
  } catch (error) {
    if (violates(error, "environments_active_name")) {
      throw new DomainError({ reason: "environment_name_taken", name }, { cause: error });
    }
    throw error;
  }
}
