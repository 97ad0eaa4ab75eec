import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { lazily } from "../../context.ts";
import type { Invoke } from "../../context.ts";
import { addExamples } from "../examples.ts";
import { addCommonOptions } from "../options.ts";
import type { PsOptions } from "./index.ts";

export function declarePs(program: Command, invoke: Invoke): void {
  const tie = lazily(invoke, () => import("./index.ts"));
  const command = addCommonOptions(program.command("ps"))
    .description("Sessions that are at work")
    .option("-a, --all", "the others too")
    .option("-w, --watch", "look again and again, until Ctrl-C")
    .option("--interval <seconds>", "time between two looks", parseInterval, 2)
    .action(tie<PsOptions>("ps", (module) => module.ps));
  addExamples(command, ["aod ps", "aod ps --all --watch"]);
}

function parseInterval(value: string): number {
  const seconds = Number(value);
  if (!(seconds >= 0.1 && seconds <= 3600)) throw new InvalidArgumentError("Give seconds, 0.1 to 3600.");
  return seconds;
}
