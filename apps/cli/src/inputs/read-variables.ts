import { misuse } from "../cli-error.ts";
import type { CommandContext } from "../context.ts";

/**
 * Variables for a session: `--env` as given, `--secret` by name with the value from the caller's environment, so that it
 * does not show up in the list of processes.
 *
 * @throws CliError (2) when a secret is not set.
 */
export function readVariables(
  options: { readonly env?: Readonly<Record<string, string>>; readonly secret?: readonly string[] },
  env: CommandContext["env"],
): Record<string, string> | undefined {
  if (!options.env && !options.secret) return undefined;
  const variables: Record<string, string> = { ...options.env };
  for (const name of options.secret ?? []) {
    const value = env[name];
    if (value === undefined) {
      throw misuse(
        name.includes("=")
          ? "--secret takes a name, not a value."
          : `--secret ${name}: ${name} is not set in your environment.`,
        name.includes("=") ? "Export the variable first, then give --secret NAME." : `Set it first: export ${name}=...`,
      );
    }
    variables[name] = value;
  }
  return variables;
}
