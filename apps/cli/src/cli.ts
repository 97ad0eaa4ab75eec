import type { Command, OutputConfiguration } from "commander";
import { AodCommand } from "./aod-command.ts";
import { declareAgents } from "./commands/agents/declare.ts";
import { declareApply } from "./commands/apply/declare.ts";
import { declareAttach } from "./commands/attach/declare.ts";
import { declareCompletion } from "./commands/completion/declare.ts";
import { declareDoctor } from "./commands/doctor/declare.ts";
import { declareEnvironments } from "./commands/environments/declare.ts";
import { declareKeys } from "./commands/keys/declare.ts";
import { declareLogin } from "./commands/login/declare.ts";
import { declareLogs } from "./commands/logs/declare.ts";
import { declareOpen } from "./commands/open/declare.ts";
import { declareProfiles } from "./commands/profiles/declare.ts";
import { declarePrompt } from "./commands/prompt/declare.ts";
import { declarePs } from "./commands/ps/declare.ts";
import { declareRun } from "./commands/run/declare.ts";
import { declareServe } from "./commands/serve/declare.ts";
import { declareSessions } from "./commands/sessions/declare.ts";
import { declareWait } from "./commands/wait/declare.ts";
import type { Invoke } from "./context.ts";
import { readVersion } from "./version.ts";

const footer = `
Exit codes: 0 done, 1 failed, 2 misused, 130 interrupted;
  "aod run", "attach" and "prompt" end with the agent's own code.
Environment: AOD_API_URL, AOD_API_TOKEN, AOD_PROFILE, AOD_CONFIG_DIR,
  AOD_RUNTIME, AOD_OUTPUT, NO_COLOR.`;

/**
 * The whole command line. Declaring a command loads none of its code; its action hands an invocation to `invoke`.
 *
 * @throws CommanderError from `parseAsync` when the arguments are wrong, or after help was printed.
 */
export function createProgram(invoke: Invoke, output: OutputConfiguration): Command {
  const program = new AodCommand("aod")
    .description("Agent on Demand: run coding agents in sandboxes, behind one API.")
    .version(readVersion(), "-V, --version")
    .enablePositionalOptions()
    // Names alone: with their arguments the column would take half of a terminal.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText("after", footer)
    .exitOverride()
    .configureOutput(output);
  // Subcommands copy these settings when they are made, so they come last.
  program.commandsGroup("Run and follow:");
  declareRun(program, invoke);
  declareAttach(program, invoke);
  declarePrompt(program, invoke);
  declareLogs(program, invoke);
  declareWait(program, invoke);
  declarePs(program, invoke);
  declareOpen(program, invoke);
  program.commandsGroup("Manage:");
  declareSessions(program, invoke);
  declareAgents(program, invoke);
  declareEnvironments(program, invoke);
  declareApply(program, invoke);
  declareKeys(program, invoke);
  program.commandsGroup("Set up:");
  declareServe(program, invoke);
  declareDoctor(program, invoke);
  declareLogin(program, invoke);
  declareProfiles(program, invoke);
  declareCompletion(program, invoke);
  return program;
}
