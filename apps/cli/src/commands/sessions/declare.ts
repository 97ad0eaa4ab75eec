import type { Command } from "commander";
import type { CommandFunction, Invoke } from "../../context.ts";
import { lazily } from "../../context.ts";
import type { SessionRefOptions } from "../../refs/session-ref.ts";
import { addExamples } from "../examples.ts";
import {
  addCommonOptions,
  addDisplayOptions,
  addSessionOptions,
  choice,
  parseCount,
  sessionHelp,
  turnTimeoutOption,
} from "../options.ts";
import type * as commands from "./index.ts";
import type { CreateSessionOptions, ListSessionsOptions, PromptSessionOptions } from "./index.ts";

const promptHelp = "what to do; - or nothing reads standard input";

export function declareSessions(program: Command, invoke: Invoke): void {
  const sessions = program.command("sessions").description("Sessions: conversations of one agent in one sandbox");
  addExamples(sessions, [
    "aod sessions list --status running --limit 10",
    "aod sessions create --agent hello --follow 'Say hello.'",
    "aod sessions get 3f2a",
    "aod sessions turns 3f2a",
    "aod sessions stream 3f2a --since 42 --stages",
    "aod sessions stream 3f2a --json | jq -r 'select(.type == \"output\") | .data'",
    "aod sessions events 3f2a --json | jq -r 'select(.type == \"tool_call\") | .name'",
    "aod sessions terminate 3f2a",
    "aod sessions delete 3f2a",
  ]);

  declareList(sessions, invoke);
  const about = aboutOne(sessions, invoke);
  about("get", "One session", (module) => module.getSession);
  declareStarting(sessions, invoke);
  about("turns", "The turns of a session, first one first", (module) => module.listTurns);
  declareEvents(sessions, invoke);
  addDisplayOptions(
    about(
      "stream",
      "Print a session's output from the start and follow it to the end; --json prints one event a line",
      (module) => module.streamSession,
    ),
  )
    .option("--since <id>", "only events after this id", parseCount)
    .option("--stages", "show the provisioning stages on standard error");
  about(
    "wait",
    "Wait for the end of the running turn; exit code 0 when it completed, 1 when it did not",
    (module) => module.waitForSession,
  ).option("--timeout <seconds>", "give up after so long", parseCount);
  about(
    "interrupt",
    "Cut the current turn short; the session takes the next prompt",
    (module) => module.interruptSession,
  );
  about(
    "terminate",
    "End a session and what runs in its sandbox; its record stays",
    (module) => module.terminateSession,
  );
  about("delete", "Delete a session that is not active, with its turns and its log", (module) => module.deleteSession);
}

function tie(invoke: Invoke) {
  return lazily(invoke, () => import("./index.ts"));
}

/** Declares commands whose argument is a session. */
function aboutOne(sessions: Command, invoke: Invoke) {
  return (
    name: string,
    description: string,
    pick: (module: typeof commands) => CommandFunction<SessionRefOptions>,
  ): Command => {
    const run = tie(invoke)<SessionRefOptions>(`sessions ${name}`, pick);
    return addCommonOptions(sessions.command(name))
      .description(description)
      .argument("<session>", sessionHelp)
      .action((session: string, flags: Omit<SessionRefOptions, "session">) => run({ ...flags, session }));
  };
}

function declareList(sessions: Command, invoke: Invoke): void {
  addCommonOptions(sessions.command("list"))
    .description("Sessions, newest first")
    .addOption(choice("--status <status>", "only these", ["pending", "running", "completed", "failed", "terminated"]))
    .option("--limit <number>", "at most so many", parseCount)
    .action(tie(invoke)<ListSessionsOptions>("sessions list", (module) => module.listSessions));
}

function declareStarting(sessions: Command, invoke: Invoke): void {
  const create = tie(invoke)("sessions create", (module) => module.createSession);
  const creating = addDisplayOptions(addCommonOptions(sessions.command("create")))
    .description("Start a session and return at once; --follow stays for the output")
    .argument("[prompt...]", promptHelp)
    .requiredOption("--agent <agent>", "id, the start of one, or name of the agent");
  addSessionOptions(creating, { environment: "id, the start of one, or name; in place of the agent's own" })
    .option("--follow", "stay, print the output, end with the agent's exit code")
    .action((prompt: string[], flags: Omit<CreateSessionOptions, "prompt">) => create({ ...flags, prompt }));

  const prompt = tie(invoke)("sessions prompt", (module) => module.promptSession);
  addDisplayOptions(addCommonOptions(sessions.command("prompt")))
    .description("Go on with a session: its next turn")
    .argument("<session>", sessionHelp)
    .argument("[prompt...]", promptHelp)
    .addOption(turnTimeoutOption())
    .option("--follow", "stay, print this turn's output, end with the agent's exit code")
    .action((session: string, words: string[], flags: Omit<PromptSessionOptions, "session" | "prompt">) =>
      prompt({ ...flags, session, prompt: words }),
    );
}

function declareEvents(sessions: Command, invoke: Invoke): void {
  const events = lazily(invoke, () => import("./events.ts"))("sessions events", (module) => module.listEvents);
  addCommonOptions(sessions.command("events"))
    .description("What the agent did in a turn, as agent events; --json prints one a line")
    .argument("<session>", sessionHelp)
    .option("--turn <number>", "which turn (default: the last one)", parseCount)
    .action((session: string, flags: Omit<SessionRefOptions, "session">) => events({ ...flags, session }));
}
