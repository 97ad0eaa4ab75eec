// Each line is a promise to users.
export { runCli, type CliIo } from "./run-cli.ts";
export { createProgram } from "./cli.ts";
export type { CommandContext, Invocation, Invoke, Outcome } from "./context.ts";
export { exitCodes } from "./cli-error.ts";
