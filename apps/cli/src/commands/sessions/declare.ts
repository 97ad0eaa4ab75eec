import type { Command } from "commander";
import { Option } from "commander";
import type { CommonOptions, Invoke } from "../../context.ts";
import { lazily } from "../../context.ts";
import { addExamples } from "../examples.ts";
import { addCommonOptions, addDisplayOptions, collect, collectPairs, parseCount, sessionHelp } from "../options.ts";
import type {
  CreateSessionOptions,
  ListEventsOptions,
  ListSessionsOptions,
  PromptSessionOptions,
  StreamSessionOptions,
  WaitSessionOptions,
} from "./index.ts";

export function declareSessions(program: Command, invoke: Invoke): void {
  const tie = lazily(invoke, () => import("./index.ts"));
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

  addCommonOptions(sessions.command("list"))
    .description("Sessions, newest first")
    .addOption(
      new Option("--status <status>", "only these").choices([
        "pending",
        "running",
        "completed",
        "failed",
        "terminated",
      ]),
    )
    .option("--limit <number>", "at most so many", parseCount)
    .action(tie<ListSessionsOptions>("sessions list", (module) => module.listSessions));

  const get = tie("sessions get", (module) => module.getSession);
  addCommonOptions(sessions.command("get"))
    .description("One session")
    .argument("<session>", sessionHelp)
    .action((session: string, flags: CommonOptions) => get({ ...flags, session }));

  const create = tie("sessions create", (module) => module.createSession);
  addDisplayOptions(addCommonOptions(sessions.command("create")))
    .description("Start a session and return at once; --follow stays for the output")
    .argument("[prompt...]", "what to do; - or nothing reads standard input")
    .requiredOption("--agent <agent>", "id, the start of one, or name of the agent")
    .option("--environment <environment>", "id, the start of one, or name; in place of the agent's own")
    .option("--env <key=value>", "variable for this session only; several times", collectPairs)
    .option("--secret <key>", "variable whose value is read from your own environment; several times", collect)
    .option("--repo <url>", "GitHub repository to clone into /workspace; several times", collect)
    .option("--timeout <seconds>", "longest time of the turn, 10 to 3600 (default: 600)", parseCount)
    .option("--follow", "stay, print the output, end with the agent's exit code")
    .action((prompt: string[], flags: Omit<CreateSessionOptions, "prompt">) => create({ ...flags, prompt }));

  const prompt = tie("sessions prompt", (module) => module.promptSession);
  addDisplayOptions(addCommonOptions(sessions.command("prompt")))
    .description("Go on with a session: its next turn")
    .argument("<session>", sessionHelp)
    .argument("[prompt...]", "what to do; - or nothing reads standard input")
    .option("--timeout <seconds>", "longest time of the turn, 10 to 3600 (default: 600)", parseCount)
    .option("--follow", "stay, print this turn's output, end with the agent's exit code")
    .action((session: string, words: string[], flags: Omit<PromptSessionOptions, "session" | "prompt">) =>
      prompt({ ...flags, session, prompt: words }),
    );

  const turns = tie("sessions turns", (module) => module.listTurns);
  addCommonOptions(sessions.command("turns"))
    .description("The turns of a session, first one first")
    .argument("<session>", sessionHelp)
    .action((session: string, flags: CommonOptions) => turns({ ...flags, session }));

  const events = lazily(invoke, () => import("./events.ts"))("sessions events", (module) => module.listEvents);
  addCommonOptions(sessions.command("events"))
    .description("What the agent did in a turn, as agent events; --json prints one a line")
    .argument("<session>", sessionHelp)
    .option("--turn <number>", "which turn (default: the last one)", parseCount)
    .action((session: string, flags: Omit<ListEventsOptions, "session">) => events({ ...flags, session }));

  const stream = tie("sessions stream", (module) => module.streamSession);
  addDisplayOptions(addCommonOptions(sessions.command("stream")))
    .description("Print a session's output from the start and follow it to the end; --json prints one event a line")
    .argument("<session>", sessionHelp)
    .option("--since <id>", "only events after this id", parseCount)
    .option("--stages", "show the provisioning stages on standard error")
    .action((session: string, flags: Omit<StreamSessionOptions, "session">) => stream({ ...flags, session }));

  const wait = tie("sessions wait", (module) => module.waitForSession);
  addCommonOptions(sessions.command("wait"))
    .description("Wait for the end of the running turn; exit code 0 when it completed, 1 when it did not")
    .argument("<session>", sessionHelp)
    .option("--timeout <seconds>", "give up after so long", parseCount)
    .action((session: string, flags: Omit<WaitSessionOptions, "session">) => wait({ ...flags, session }));

  const interrupt = tie("sessions interrupt", (module) => module.interruptSession);
  addCommonOptions(sessions.command("interrupt"))
    .description("Cut the current turn short; the session takes the next prompt")
    .argument("<session>", sessionHelp)
    .action((session: string, flags: CommonOptions) => interrupt({ ...flags, session }));

  const terminate = tie("sessions terminate", (module) => module.terminateSession);
  addCommonOptions(sessions.command("terminate"))
    .description("End a session and what runs in its sandbox; its record stays")
    .argument("<session>", sessionHelp)
    .action((session: string, flags: CommonOptions) => terminate({ ...flags, session }));

  const remove = tie("sessions delete", (module) => module.deleteSession);
  addCommonOptions(sessions.command("delete"))
    .description("Delete a session that is not active, with its turns and its log")
    .argument("<session>", sessionHelp)
    .action((session: string, flags: CommonOptions) => remove({ ...flags, session }));
}
