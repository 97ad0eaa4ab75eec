import type { Command } from "commander";
import { lazily } from "../../context.ts";
import type { CommonOptions, Invoke } from "../../context.ts";
import { addExamples } from "../examples.ts";

export function declareLogin(program: Command, invoke: Invoke): void {
  const tie = lazily(invoke, () => import("./index.ts"));
  const command = program
    .command("login")
    .description("Save a server's address and your key for it, after checking them; asks for the key")
    .option("--url <address>", "the server's address (default: AOD_API_URL, then http://localhost:8777)")
    .option("--token-file <path>", "file that holds the API key; without it the key is asked for, or read from a pipe")
    .option("--profile <name>", "name to save them under (default: AOD_PROFILE, then default)")
    .option("--json", "print JSON")
    .action(tie<CommonOptions>("login", (module) => module.login));
  addExamples(command, ["aod login --url https://aod.example.com --profile work", "aod login < key.txt"]);
}
