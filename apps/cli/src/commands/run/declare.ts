import type { Command } from "commander";
import type { Invoke } from "../../context.ts";
import { lazily } from "../../context.ts";
import { addExamples } from "../examples.ts";
import { addAgentOptions, addCommonOptions, addDisplayOptions, addSessionOptions } from "../options.ts";
import type { RunOptions } from "./index.ts";

export function declareRun(program: Command, invoke: Invoke): void {
  const run = lazily(invoke, () => import("./index.ts"))("run", (module) => module.run);
  const command = program
    .command("run")
    .description("Run an agent once: make what is missing, show what it does, end with its exit code")
    .argument("[prompt...]", "what to do; - or nothing reads standard input");
  addAgentOptions(command, { runtime: "AOD_RUNTIME, then claude", model: "depends on the runtime" });
  addSessionOptions(command, { environment: "id, the start of one, or name" })
    .option("-d, --detach", "start it and return at once")
    .action((prompt: string[], flags: Omit<RunOptions, "prompt">) => run({ ...flags, prompt }));
  addCommonOptions(addDisplayOptions(command));
  addExamples(command, [
    "aod run --runtime command 'date; echo hello'",
    "aod run --secret ANTHROPIC_API_KEY 'Say hello.'",
    "aod run --runtime codex --secret OPENAI_API_KEY --repo https://github.com/owner/repo 'Fix the tests.'",
    "aod run --runtime command - < script.sh",
    "aod run --raw --secret ANTHROPIC_API_KEY 'Say hello.' | jq .",
  ]);
}
