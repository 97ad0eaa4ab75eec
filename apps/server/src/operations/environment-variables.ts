import type { Keyring } from "../auth/keyring.ts";
import type { EnvironmentRow } from "../store/environments.ts";
import { sealedField } from "../store/sealed-fields.ts";

/** Seals variables for the environment that they belong to. */
export function sealVariables(keyring: Keyring, id: string, variables: Readonly<Record<string, string>>): string {
  return keyring.seal(JSON.stringify(variables), sealedField.environmentVariables(id));
}

/** Opens the variables of an environment. */
export function openVariables(keyring: Keyring, environment: EnvironmentRow): Record<string, string> {
  const opened = keyring.open(environment.envVarsSealed, sealedField.environmentVariables(environment.id));
  return JSON.parse(opened) as Record<string, string>;
}
