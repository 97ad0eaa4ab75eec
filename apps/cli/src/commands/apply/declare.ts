import type { Command } from "commander";
import { lazily } from "../../context.ts";
import type { Invoke } from "../../context.ts";
import { addExamples } from "../examples.ts";
import { addCommonOptions, collect } from "../options.ts";
import type { ApplyOptions } from "./index.ts";

export function declareApply(program: Command, invoke: Invoke): void {
  const tie = lazily(invoke, () => import("./index.ts"));
  const command = addCommonOptions(program.command("apply"))
    .description("Make agents and environments as a YAML file declares them; what is so already stays")
    .requiredOption("-f, --file <path>", "file to read, - for standard input; several times", collect)
    .option("--dry-run", "only say what would change")
    .action(tie<ApplyOptions>("apply", (module) => module.apply));
  addExamples(command, ["aod apply --file agents.yaml --dry-run", "aod apply --file agents.yaml"]);
}
