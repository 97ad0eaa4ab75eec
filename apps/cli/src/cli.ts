import { Command } from "commander";
import { declareAgents } from "./commands/agents/declare.ts";
import { declareEnvironments } from "./commands/environments/declare.ts";
import { declareKeys } from "./commands/keys/declare.ts";
import { declareRun } from "./commands/run/declare.ts";
import { declareServe } from "./commands/serve/declare.ts";
import { declareSessions } from "./commands/sessions/declare.ts";
import type { Invoke } from "./context.ts";
import { readVersion } from "./version.ts";

const footer = `
Exit codes: 0 done, 1 failed, 2 misused, 130 interrupted; "aod run" ends with the agent's own code.
Environment: AOD_API_URL, AOD_API_TOKEN, AOD_CONFIG_DIR, NO_COLOR.`;

/**
 * The whole command line. Declaring a command loads none of its code; its action hands an invocation to `invoke`.
 *
 * @throws CommanderError from `parseAsync` when the arguments are wrong, or after help was printed.
 */
export function createProgram(
  invoke: Invoke,
  output: { writeOut: (text: string) => void; writeErr: (text: string) => void },
): Command {
  const program = new Command("aod")
    .description("Agent on Demand: run coding agents in sandboxes, behind one API.")
    .version(readVersion(), "-V, --version")
    .enablePositionalOptions()
    .showHelpAfterError("(aod --help shows what there is)")
    .addHelpText("after", footer)
    .exitOverride()
    .configureOutput(output);
  // Subcommands copy these settings when they are made, so they come last.
  declareServe(program, invoke);
  declareRun(program, invoke);
  declareSessions(program, invoke);
  declareAgents(program, invoke);
  declareEnvironments(program, invoke);
  declareKeys(program, invoke);
  return program;
}
