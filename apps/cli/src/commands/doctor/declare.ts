import type { Command } from "commander";
import { lazily } from "../../context.ts";
import type { CommonOptions, Invoke } from "../../context.ts";
import { addExamples } from "../examples.ts";
import { addCommonOptions } from "../options.ts";

export function declareDoctor(program: Command, invoke: Invoke): void {
  const tie = lazily(invoke, () => import("./index.ts"));
  const command = addCommonOptions(program.command("doctor"))
    .description("Look at everything a session needs and say how to mend it; exit code 1 when something is broken")
    .action(tie<CommonOptions>("doctor", (module) => module.doctor));
  addExamples(command, ["aod doctor", "aod doctor --json | jq -r '.data[] | select(.status == \"broken\") | .fix'"]);
}
