import type { Command } from "commander";
import { lazily } from "../../context.ts";
import type { Invoke } from "../../context.ts";
import { addExamples } from "../examples.ts";
import { addCommonOptions, sessionHelp } from "../options.ts";
import type { OpenOptions } from "./index.ts";

export function declareOpen(program: Command, invoke: Invoke): void {
  const open = lazily(invoke, () => import("./index.ts"))("open", (module) => module.openSession);
  const command = addCommonOptions(program.command("open"))
    .description(
      "Open a session's page in the browser; prints its address, or that of its stream where there is no page",
    )
    .argument("<session>", sessionHelp)
    .option("--print", "only print the address")
    .action((session: string, flags: Omit<OpenOptions, "session">) => open({ ...flags, session }));
  addExamples(command, ["aod open 3f2a --print"]);
}
