// The story of one session, end to end. Run it with `npm run demo` from the root of the repository.
import { chmod, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "@aod/sdk";
import type { ExitEvent } from "@aod/sdk";
import { startServer } from "./demo-server.ts";
import type { DemoServer } from "./demo-server.ts";
import { findProcessesOf } from "./processes.ts";
import { recount } from "./recount.ts";

const script = `
for step in 1 2 3 4 5 6 7 8; do
  echo "step $step of 8, at $(date +%T)"
  sleep 0.5
done
echo "this line went to standard error" >&2
echo "all done"
`;

const stop = new AbortController();
process.once("SIGINT", () => stop.abort(new Error("Interrupted")));
process.once("SIGTERM", () => stop.abort(new Error("Told to stop")));

const began = performance.now();
// The real path, because that is what other processes show when they are asked where they are.
const folder = await realpath(await mkdtemp(join(tmpdir(), "aod-demo-")));
// PostgreSQL never runs as root. Started by root it runs as another user, who has to get through to its data.
await chmod(folder, 0o711);
try {
  let server: DemoServer | undefined;
  try {
    say("1/5  Starting a server on an embedded database of its own. The first start takes a few seconds.");
    server = await startServer(folder, stop.signal);
    say(`     It listens on ${server.url} and keeps everything in ${folder}`);
    say("     Driver: local. The program below runs on this machine, without isolation.");
    await runSession(server);
  } finally {
    await stopEverything(server);
  }
  say(`\nDone in ${((performance.now() - began) / 1000).toFixed(1)} s. Next: npm run aod -- serve --driver local`);
} catch (error) {
  process.exitCode = stop.signal.aborted ? 130 : 1;
  const { message } = stop.signal.aborted ? (stop.signal.reason as Error) : (error as Error);
  console.error(`\nThe demo did not finish: ${message}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function runSession(server: DemoServer): Promise<void> {
  const { url, token } = server;
  const broken = new AbortController();
  const signal = AbortSignal.any([stop.signal, broken.signal]);
  await using client = new Client({ baseUrl: url, token });

  const agent = await client.agents.create({ name: "demo", runtime: "command" }, { signal });
  say(`\n2/5  Created the agent "${agent.name}" (${agent.id}): bash, with the prompt on its standard input.`);

  const session = await client.sessions.create({ agentId: agent.id, prompt: script, timeout: 300 }, { signal });
  say(`\n3/5  Started the session ${session.id}. Its output, live:\n`);
  const stream = client.sessions.stream(session.id, { signal, maxRetries: 1_000 });
  let restarted: Promise<void> | undefined;
  let exit: ExitEvent | undefined;
  for await (const event of stream) {
    if (event.type === "output") {
      (event.stream === "stderr" ? process.stderr : process.stdout).write(event.data);
      if (event.data.includes("step 3 ")) {
        expect(restarted === undefined, "nothing comes twice");
        say("     The server is killed with SIGKILL and started again. This loop only waits for the next event.");
        restarted = server.crash();
        // Nothing would ever come again.
        restarted.catch((error: unknown) => broken.abort(error));
      }
    } else if (event.type === "exit") {
      exit = event;
    } else if (event.type === "error" || event.type === "terminated") {
      throw new Error(`The session ended with "${event.type}": ${event.message}`);
    }
  }
  expect(restarted !== undefined, "the output comes while the program runs");
  await restarted;
  expect(exit !== undefined, "the stream ends with an exit event");
  say(`exit ${exit.code}`);
  expect(exit.code === 0, "the program ends with 0");
  say("     The program never noticed; the new server took over its turn, and the stream went on where it was.");

  say("\n4/5  Is the stream complete?");
  expect(stream.verified, "the SDK has verified count and digest");
  say(`     The server says:          count ${exit.count}, digest ${exit.digest}`);
  const again = await recount(url, token, session.id, signal);
  say(`     Read again and recounted: count ${again.count}, digest ${again.digest}`);
  expect(again.count === exit.count && again.digest === exit.digest, "count and digest are those of the server");
  say("     The same. The SDK has compared them too, while it read: nothing is missing.");
}

async function stopEverything(server: DemoServer | undefined): Promise<void> {
  // Counted first: a check that sees nothing while the server runs would prove nothing afterwards.
  const running = findProcessesOf(folder).length;
  expect(server === undefined || running > 0, "the running server is seen");
  say(`\n5/5  Stopping the server: ${running} processes.`);
  await server?.stop();
  await checkNothingRuns();
}

/** Processes that are not our children end a moment after the server; a few looks tell a moment from for ever. */
async function checkNothingRuns(): Promise<void> {
  let left: string[] = [];
  for (let look = 0; look < 300; look++) {
    left = findProcessesOf(folder);
    if (left.length === 0) {
      say("     Nothing is left running.");
      return;
    }
    await delay(100);
  }
  throw new Error(`Still running:\n${left.join("\n")}`);
}

function expect(condition: boolean, promise: string): asserts condition {
  if (!condition) throw new Error(`This did not hold: ${promise}.`);
}

function say(line: string): void {
  console.log(line);
}
