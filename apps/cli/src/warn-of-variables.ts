import { variablesOver } from "./config.ts";
import type { CommandContext } from "./context.ts";
import type { Profile } from "./credentials.ts";

/** Says so where a profile that was just made the current one is not what other commands will use. */
export async function warnOfVariables(
  name: string,
  profile: Profile,
  { env, stderr }: Pick<CommandContext, "env" | "stderr">,
): Promise<void> {
  const variables = variablesOver(name, profile, env);
  if (variables.length === 0) return;
  await stderr.write(
    `warning: ${variables.join(" and ")} in your environment still ${variables.length === 1 ? "wins" : "win"}. ` +
      `Unset ${variables.length === 1 ? "it" : "them"}, or give --profile ${name}.\n`,
  );
}
