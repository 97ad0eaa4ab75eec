import type { Client, SessionEvent } from "@aod/sdk";
import { CliError, exitCodes } from "../../cli-error.ts";
import type { CommandContext } from "../../context.ts";
import { toWireEvent } from "../../output/wire.ts";

/** What to print of a session's events. */
export interface FollowOptions {
  /** Begin after this event. */
  readonly since?: number | undefined;
  /** Leave out the output of earlier turns. */
  readonly fromTurn?: number | undefined;
  /** One event a line as JSON, in place of the output. */
  readonly json?: boolean | undefined;
  /** Provisioning stages on standard error. */
  readonly stages?: boolean | undefined;
}

/** How a session's stream ended: with the program's exit code, or without one. */
export type FollowEnd =
  | { readonly type: "exit"; readonly code: number }
  | { readonly type: "error" | "terminated"; readonly message: string };

/**
 * Prints a session's events from where it is told to, until its turn is over: output to the stream it was written to.
 *
 * @throws what the SDK's stream throws; the reason of the context's signal as it is.
 */
export async function followSession(
  client: Client,
  id: string,
  options: FollowOptions,
  context: CommandContext,
): Promise<FollowEnd> {
  let since = options.since;
  for (;;) {
    const stream = client.sessions.stream(id, { since, signal: context.signal });
    for await (const event of stream) {
      await show(event, options, context);
      if (event.type === "exit") return { type: "exit", code: event.code };
      if (event.type === "terminated") return { type: "terminated", message: event.message };
      if (event.type === "error") return { type: "error", message: event.reason ?? event.message };
    }
    // Ended as stale: nothing was written for long, but the session is still at work.
    since = stream.lastEventId ?? since;
  }
}

/**
 * The exit code for how a followed session ended, telling standard error why when it was no exit.
 */
export async function exitCodeOf(end: FollowEnd, id: string, context: CommandContext): Promise<number> {
  if (end.type === "exit") return end.code;
  const what = end.type === "terminated" ? "was terminated" : `failed: ${end.message}`;
  await context.stderr.write(`The session ${what}\nSee it with: aod sessions get ${id}\n`);
  return exitCodes.failed;
}

/** The failure to report when following stopped early although the session goes on. */
export function stoppedFollowing(id: string, error: unknown, context: CommandContext): unknown {
  if (!context.signal.aborted) return error;
  const interrupted = (context.signal.reason as Error).name === "Interrupted";
  return new CliError(
    interrupted ? "Interrupted. The session goes on." : "The output's reader is gone. The session goes on.",
    {
      exitCode: interrupted ? exitCodes.interrupted : exitCodes.failed,
      hint: `Come back with: aod sessions stream ${id}\nEnd it with: aod sessions terminate ${id}`,
      cause: error,
    },
  );
}

async function show(event: SessionEvent, options: FollowOptions, context: CommandContext): Promise<void> {
  const { stdout, stderr } = context;
  if (options.json) {
    await stdout.write(`${JSON.stringify(toWireEvent(event))}\n`);
  } else if (event.type === "output") {
    if ((event.turn ?? Infinity) >= (options.fromTurn ?? 0)) {
      await (event.stream === "stderr" ? stderr : stdout).write(event.data);
    }
  } else if (event.type === "stage" && options.stages && event.state !== "started") {
    const took = event.durationMs === undefined ? "" : ` in ${Math.round(event.durationMs)} ms`;
    await stderr.write(`${event.stage}: ${event.state}${took}${event.message ? `: ${event.message}` : ""}\n`);
  }
}
