import { runCommandLine } from "./command-line.ts";

const closeWithinMs = 15_000;

const stop = Promise.withResolvers<undefined>();
let isStopping = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // Asked twice, or unable to end in time: the next start repairs what is left.
    if (isStopping) process.exit(1);
    isStopping = true;
    stop.resolve(undefined);
    setTimeout(() => process.exit(1), closeWithinMs).unref();
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  stop: stop.promise,
});
