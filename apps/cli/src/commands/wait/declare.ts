import type { Command } from "commander";
import { lazily } from "../../context.ts";
import type { Invoke } from "../../context.ts";
import { addExamples } from "../examples.ts";
import { addCommonOptions, parseCount, sessionHelp } from "../options.ts";
import type { WaitOptions } from "./index.ts";

export function declareWait(program: Command, invoke: Invoke): void {
  const wait = lazily(invoke, () => import("./index.ts"))("wait", (module) => module.wait);
  const command = addCommonOptions(program.command("wait"))
    .description("Wait for the end of running turns; exit code 0 when all completed, 1 when one did not")
    .argument("<session...>", sessionHelp)
    .option("--timeout <seconds>", "give up after so long", parseCount)
    .action((sessions: string[], flags: Omit<WaitOptions, "sessions">) => wait({ ...flags, sessions }));
  addExamples(command, ["aod wait 3f2a 81c0 --timeout 600"]);
}
