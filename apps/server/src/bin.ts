import { setTimeout as delay } from "node:timers/promises";
import { runCommandLine } from "./command-line.ts";

const closeWithinMs = 15_000;
/** Ctrl-C reaches a process and its parent, which may hand it on: the second of two signals at once is no impatience. */
const impatienceMs = 1_000;
const parentCheckMs = 500;
const lastWordsMs = 1_000;

const stop = Promise.withResolvers<undefined>();
let stoppedAt: number | undefined;

function requestStop(): void {
  if (stoppedAt !== undefined) {
    // Asked twice, or unable to end in time: the next start repairs what is left.
    if (performance.now() - stoppedAt > impatienceMs) process.exit(1);
    return;
  }
  stoppedAt = performance.now();
  stop.resolve(undefined);
  setTimeout(() => process.exit(1), closeWithinMs).unref();
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, requestStop);

// `npm run aod -- serve`: npm that is killed can hand nothing on.
if (process.env["AOD_STOP_WITH_PARENT"] === "1") {
  const parent = process.ppid;
  setInterval(() => {
    if (stoppedAt === undefined && process.ppid !== parent) requestStop();
  }, parentCheckMs).unref();
}

// Whoever reads them may have gone.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

const exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  stop: stop.promise,
  isTerminal: process.stdout.isTTY && process.stderr.isTTY,
});

// Nothing that was left behind, nor a reader that does not read, keeps the process.
const written = [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write("", resolve)));
await Promise.race([Promise.all(written), delay(lastWordsMs)]);
process.exit(exitCode);
