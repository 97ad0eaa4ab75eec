import type { Command } from "commander";
import { lazily } from "../../context.ts";
import type { Invoke } from "../../context.ts";
import { addExamples } from "../examples.ts";
import { addCommonOptions, addDisplayOptions, sessionHelp, turnTimeoutOption } from "../options.ts";
import type { PromptOptions } from "./index.ts";

export function declarePrompt(program: Command, invoke: Invoke): void {
  const prompt = lazily(invoke, () => import("./index.ts"))("prompt", (module) => module.prompt);
  const command = addDisplayOptions(addCommonOptions(program.command("prompt")))
    .description("Go on with a session: start its next turn and stay for it")
    .argument("<session>", sessionHelp)
    .argument("[prompt...]", "what to do; - or nothing reads standard input")
    .addOption(turnTimeoutOption())
    .option("-d, --detach", "return at once")
    .action((session: string, words: string[], flags: Omit<PromptOptions, "session" | "prompt">) =>
      prompt({ ...flags, session, prompt: words }),
    );
  addExamples(command, ["aod prompt 3f2a 'Now in French.'", "git diff | aod prompt 3f2a -"]);
}
