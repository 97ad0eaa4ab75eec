import { exitCodes } from "./cli-error.ts";
import { CtrlC } from "./ctrl-c.ts";
import { createStreamWriter } from "./output/writer.ts";
import { readSecret } from "./read-secret.ts";
import { runCli } from "./run-cli.ts";
import { readStandardInput } from "./standard-input.ts";
import { BrokenPipe, Interrupted } from "./stop-reasons.ts";

/** Runs one command line in this process. @returns the exit code. */
export function main(argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const ctrlC = new CtrlC(() => {
    // Whatever does not listen to the first one shall not need a kill.
    if (stop.signal.aborted) process.exit(exitCodes.interrupted);
    stop.abort(new Interrupted());
  });
  process.on("SIGINT", () => ctrlC.press());
  return runCli(argv, {
    env: process.env,
    stdout: createStreamWriter(process.stdout, () => stop.abort(new BrokenPipe())),
    stderr: createStreamWriter(process.stderr),
    readStdin: () => (process.stdin.isTTY ? null : readStandardInput(process.stdin)),
    readSecret: (question) =>
      process.stdin.isTTY && process.stderr.isTTY ? readSecret(question, process.stdin, process.stderr) : null,
    ctrlC,
    signal: stop.signal,
    now: () => new Date(),
  });
}
