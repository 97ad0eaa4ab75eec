import type { Command } from "commander";
import { Argument } from "commander";
import { lazily } from "../../context.ts";
import type { Invoke } from "../../context.ts";
import { addExamples } from "../examples.ts";
import type { Shell } from "./scripts.ts";

export function declareCompletion(program: Command, invoke: Invoke): void {
  const tie = lazily(invoke, () => import("./index.ts"));

  const completion = tie("completion", (module) => module.completion);
  const command = program
    .command("completion")
    .description("Print a script that completes commands, options and names in your shell")
    .addArgument(new Argument("<shell>", "your shell").choices(["bash", "zsh", "fish"]))
    .action((shell: Shell) => completion({ shell }));
  addExamples(command, [
    "source <(aod completion bash)",
    "aod completion zsh > ~/.zfunc/_aod",
    "aod completion fish > ~/.config/fish/completions/aod.fish",
  ]);

  const complete = tie("__complete", (module) => module.complete);
  program
    .command("__complete", { hidden: true })
    .argument("[words...]")
    .action((words: string[]) => complete({ program, words }));
}
