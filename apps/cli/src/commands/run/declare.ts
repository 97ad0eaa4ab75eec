import type { Command } from "commander";
import type { Invoke } from "../../context.ts";
import { lazily } from "../../context.ts";
import { addExamples } from "../examples.ts";
import { addCommonOptions, addDisplayOptions, collect, collectPairs, parseCount } from "../options.ts";
import type { RunOptions } from "./index.ts";

export function declareRun(program: Command, invoke: Invoke): void {
  const run = lazily(invoke, () => import("./index.ts"))("run", (module) => module.run);
  const command = addDisplayOptions(addCommonOptions(program.command("run")))
    .description("Run an agent once: make what is missing, show what it does, end with its exit code")
    .argument("[prompt...]", "what to do; - or nothing reads standard input")
    .option("--runtime <runtime>", "claude, codex, gemini, opencode or command (default: AOD_RUNTIME, then claude)")
    .option("--model <model>", "model, like anthropic/claude-sonnet-4-6 (default: depends on the runtime)")
    .option("--system <text>", "system prompt")
    .option("--environment <environment>", "id, the start of one, or name")
    .option("--env <key=value>", "variable for this session only; several times", collectPairs)
    .option("--secret <key>", "variable whose value is read from your own environment; several times", collect)
    .option("--repo <url>", "GitHub repository to clone into /workspace; several times", collect)
    .option("--timeout <seconds>", "longest time of the run, 10 to 3600 (default: 600)", parseCount)
    .option("-d, --detach", "start it and return at once")
    .action((prompt: string[], flags: Omit<RunOptions, "prompt">) => run({ ...flags, prompt }));
  addExamples(command, [
    "aod run --runtime command 'date; echo hello'",
    "aod run --secret ANTHROPIC_API_KEY 'Say hello.'",
    "aod run --runtime codex --secret OPENAI_API_KEY --repo https://github.com/owner/repo 'Fix the tests.'",
    "aod run --runtime command - < script.sh",
    "aod run --raw --secret ANTHROPIC_API_KEY 'Say hello.' | jq .",
  ]);
}
