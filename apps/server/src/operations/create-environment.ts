import { randomUUID } from "node:crypto";
import type { environmentCreateSchema } from "@aod/core";
import type { z } from "zod";
import type { Keyring } from "../auth/keyring.ts";
import { insertEnvironment, type EnvironmentRow } from "../store/environments.ts";
import type { Db } from "../store/store.ts";
import { sealVariables } from "./environment-variables.ts";
import { withFreeName } from "./with-free-name.ts";

/** A checked `POST /environments`. */
export type NewEnvironment = z.output<typeof environmentCreateSchema>;

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
      id,
      ownerId: request.ownerId,
      name,
      packages,
      networking,
      envVarsSealed: sealVariables(keyring, id, env_vars),
      setupScript: setup_script,
    }),
  );
}
