import { isDeepStrictEqual } from "node:util";
import type { environmentUpdateSchema } from "@aod/core";
import type { z } from "zod";
import type { Keyring } from "../auth/keyring.ts";
import { DomainError } from "../domain/domain-error.ts";
import { storeEnvironmentVersion, type EnvironmentRow } from "../store/environments.ts";
import type { Db } from "../store/store.ts";
import { openVariables, sealVariables } from "./environment-variables.ts";
import { requireEnvironment } from "./require-row.ts";
import { withFreeName } from "./with-free-name.ts";

/** A checked `PUT /environments/{id}`. */
export type EnvironmentChange = z.output<typeof environmentUpdateSchema>;

/**
 * Changes an environment under its row lock. A change that changes nothing leaves the version as it is.
 *
 * @param db the transaction that it is part of
 * @throws DomainError `environment_not_found`, `environment_not_updatable`, `version_mismatch`, `environment_name_taken`
 */
export async function updateEnvironment(
  db: Db,
  keyring: Keyring,
  request: { ownerId: string; id: string; change: EnvironmentChange },
): Promise<EnvironmentRow> {
  const { ownerId, id, change } = request;
  const current = await requireEnvironment(db, ownerId, id, "update");
  if (current.archivedAt !== null) throw new DomainError({ reason: "environment_not_updatable" });
  if (current.version !== change.version) {
    throw new DomainError({ reason: "version_mismatch", current: current.version, sent: change.version });
  }
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
  const envVarsSealed = isSameVariables ? current.envVarsSealed : sealVariables(keyring, id, change.env_vars ?? {});
  return withFreeName(after.name, () =>
    storeEnvironmentVersion(db, ownerId, { ...after, id, version: current.version + 1, envVarsSealed }),
  );
}

function pickFields(row: EnvironmentRow) {
  return { name: row.name, packages: row.packages, setupScript: row.setupScript, networking: row.networking };
}
