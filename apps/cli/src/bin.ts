import { createStreamWriter } from "./output/writer.ts";
import { readStandardInput } from "./standard-input.ts";
import { readVersion } from "./version.ts";

const argv = process.argv.slice(2);

if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  // Asked for by scripts and completions: answered before anything else is loaded.
  process.stdout.write(`${readVersion()}\n`);
} else {
  const { BrokenPipe, Interrupted, runCli } = await import("./run-cli.ts");
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort(new Interrupted()));
  process.exitCode = await runCli(argv, {
    env: process.env,
    stdout: createStreamWriter(process.stdout, () => stop.abort(new BrokenPipe())),
    stderr: createStreamWriter(process.stderr),
    readStdin: () => (process.stdin.isTTY ? null : readStandardInput(process.stdin)),
    signal: stop.signal,
    now: () => new Date(),
  });
}
