import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { environmentCreateSchema, environmentUpdateSchema } from "@aod/core";
import type { z } from "zod";
import type { Keyring } from "../auth/keyring.ts";
import { DomainError } from "../domain/domain-error.ts";
import { violates } from "../store/database-error.ts";
import {
  archiveEnvironment,
  deleteEnvironment,
  findEnvironment,
  insertEnvironment,
  storeEnvironmentVersion,
  type EnvironmentRow,
} from "../store/environments.ts";
import { sealedField } from "../store/sealed-fields.ts";
import type { Db } from "../store/store.ts";

/** A checked `POST /environments`. */
export type NewEnvironment = z.output<typeof environmentCreateSchema>;

/** A checked `PUT /environments/{id}`. */
export type EnvironmentChange = z.output<typeof environmentUpdateSchema>;

/** Seals variables for the environment that they belong to. */
function sealVariables(keyring: Keyring, id: string, variables: Readonly<Record<string, string>>): string {
  return keyring.seal(JSON.stringify(variables), sealedField.environmentVariables(id));
}

/** Opens the variables of an environment. */
export function openVariables(keyring: Keyring, environment: EnvironmentRow): Record<string, string> {
  const opened = keyring.open(environment.envVarsSealed, sealedField.environmentVariables(environment.id));
  return JSON.parse(opened) as Record<string, string>;
}

/** The index decides, not a look before: two requests at once cannot both have the name. */
async function withFreeName<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (violates(error, "environments_active_name")) {
      throw new DomainError({ reason: "environment_name_taken", name }, { cause: error });
    }
    throw error;
  }
}

/**
 * Makes an environment and its first version.
 *
 * @param db the transaction that it is part of
 * @throws DomainError `environment_name_taken`
 */
export async function createEnvironment(
  db: Db,
  keyring: Keyring,
  request: { ownerId: string; environment: NewEnvironment },
): Promise<EnvironmentRow> {
  const { name, packages, env_vars, setup_script, networking } = request.environment;
  const id = randomUUID();
  return withFreeName(name, () =>
    insertEnvironment(db, {
      ...{ id, ownerId: request.ownerId, name, packages, networking },
      envVarsSealed: sealVariables(keyring, id, env_vars),
      setupScript: setup_script,
    }),
  );
}

/**
 * Changes an environment under its row lock. A change that changes nothing leaves the version as it is.
 *
 * @throws DomainError `environment_not_found`, `environment_not_updatable`, `version_mismatch`, `environment_name_taken`
 */
export async function updateEnvironment(
  db: Db,
  keyring: Keyring,
  request: { ownerId: string; id: string; change: EnvironmentChange },
): Promise<EnvironmentRow> {
  const { ownerId, id, change } = request;
  return db.transaction(async (transaction) => {
    const current = await findEnvironment(transaction, ownerId, id, "update");
    if (current === null) throw new DomainError({ reason: "environment_not_found" });
    if (current.archivedAt !== null) throw new DomainError({ reason: "environment_not_updatable" });
    if (current.version !== change.version) {
      throw new DomainError({ reason: "version_mismatch", current: current.version, sent: change.version });
    }
    const { envVarsSealed } = current;
    const isSameVariables =
      change.env_vars === undefined || isDeepStrictEqual(openVariables(keyring, current), { ...change.env_vars });
    const before = pickFields(current);
    const after = {
      name: change.name ?? before.name,
      packages: change.packages ?? before.packages,
      setupScript: change.setup_script ?? before.setupScript,
      networking: change.networking ?? before.networking,
    };
    if (isSameVariables && isDeepStrictEqual(before, after)) return current;
    const sealed = isSameVariables ? envVarsSealed : sealVariables(keyring, id, change.env_vars ?? {});
    return withFreeName(after.name, () =>
      storeEnvironmentVersion(transaction, ownerId, {
        ...after,
        ...{ id, version: current.version + 1, envVarsSealed: sealed },
      }),
    );
  });
}

function pickFields(row: EnvironmentRow) {
  return { name: row.name, packages: row.packages, setupScript: row.setupScript, networking: row.networking };
}

/**
 * Hides an environment from lists and from new use, for good, and frees its name.
 *
 * @throws DomainError `environment_not_found`, `environment_already_archived`
 */
export async function archiveOwnEnvironment(db: Db, ownerId: string, id: string): Promise<EnvironmentRow> {
  return db.transaction(async (transaction) => {
    const environment = await findEnvironment(transaction, ownerId, id, "update");
    if (environment === null) throw new DomainError({ reason: "environment_not_found" });
    if (environment.archivedAt !== null) throw new DomainError({ reason: "environment_already_archived" });
    return archiveEnvironment(transaction, ownerId, id);
  });
}

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
