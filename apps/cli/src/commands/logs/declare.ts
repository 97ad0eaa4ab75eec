import type { Command } from "commander";
import { lazily } from "../../context.ts";
import type { Invoke } from "../../context.ts";
import { addExamples } from "../examples.ts";
import { addCommonOptions, addDisplayOptions, parseCount, sessionHelp } from "../options.ts";
import type { LogsOptions } from "./index.ts";

export function declareLogs(program: Command, invoke: Invoke): void {
  const logs = lazily(invoke, () => import("./index.ts"))("logs", (module) => module.logs);
  const command = addDisplayOptions(addCommonOptions(program.command("logs")))
    .description("Print what a session wrote, all turns; --json prints one event a line")
    .argument("<session>", sessionHelp)
    .option("-f, --follow", "stay until the running turn is over")
    .option("--since <id>", "only events after this id", parseCount)
    .action((session: string, flags: Omit<LogsOptions, "session">) => logs({ ...flags, session }));
  addExamples(command, [
    "aod logs 3f2a",
    "aod logs 3f2a --follow --since 42",
    "aod logs 3f2a --raw | jq .",
    "aod logs 3f2a --json | jq -r .type",
  ]);
}
