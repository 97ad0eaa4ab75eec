import type { Client, SessionStream } from "@aod/sdk";
import { CliError, exitCodes } from "../../cli-error.ts";
import type { CommandContext, Outcome } from "../../context.ts";
import { createDisplay } from "../../display/create-display.ts";
import type { DisplayOptions } from "../../display/create-display.ts";
import type { SessionDisplay } from "../../display/session-display.ts";

/** How a session's stream ended: with the program's exit code, or without one. */
export type FollowEnd =
  | { readonly type: "exit"; readonly code: number }
  | { readonly type: "error" | "terminated"; readonly message: string };

export interface FollowOptions {
  /** Begin after this event. */
  readonly since?: number | undefined;
  /** @default the context's own */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Shows a session's events from where it is told to, until its turn is over.
 *
 * @throws what the SDK's stream throws; the reason of the signal as it is.
 */
export async function followSession(
  client: Client,
  id: string,
  display: SessionDisplay,
  context: CommandContext,
  options: FollowOptions = {},
): Promise<FollowEnd> {
  const { signal = context.signal } = options;
  let { since } = options;
  for (;;) {
    const stream: SessionStream = client.sessions.stream(id, { since, signal });
    for await (const event of stream) {
      await display.show(event);
      if (event.type === "exit") return { type: "exit", code: event.code };
      if (event.type === "terminated") return { type: "terminated", message: event.message };
      if (event.type === "error") return { type: "error", message: event.reason ?? event.message };
    }
    // Ended as stale: nothing was written for long, but the session is still at work.
    since = stream.lastEventId ?? since;
  }
}

/**
 * Stays with a turn until it is over. Ctrl-C interrupts the turn, a second one leaves it to itself.
 *
 * @returns the agent's exit code; 130 when the turn was interrupted from here; 1 when it failed without a code.
 */
export async function followTurn(
  client: Client,
  id: string,
  { since, ...displayOptions }: Omit<DisplayOptions, "isInterrupted"> & FollowOptions,
  context: CommandContext,
): Promise<Outcome> {
  const asked = { toStop: false };
  await using display = createDisplay(client, id, { ...displayOptions, isInterrupted: () => asked.toStop }, context);
  using press = context.ctrlC.take(() => {
    press[Symbol.dispose]();
    asked.toStop = true;
    void interruptTurn(client, id, display, context).then((accepted) => (asked.toStop = accepted));
  });
  try {
    const end = await followSession(client, id, display, context, { since });
    await display[Symbol.asyncDispose]();
    const exitCode = await exitCodeOf(end, id, context);
    return { exitCode: asked.toStop ? exitCodes.interrupted : exitCode };
  } catch (error) {
    throw stoppedFollowing(id, error, context);
  }
}

/** The exit code for how a followed session ended, telling standard error why when it was no exit. */
export async function exitCodeOf(end: FollowEnd, id: string, context: CommandContext): Promise<number> {
  if (end.type === "exit") return end.code;
  const what = end.type === "terminated" ? "was terminated" : `failed: ${end.message}`;
  await context.stderr.write(`The session ${what}\nSee it with: aod sessions get ${id}\n`);
  return exitCodes.failed;
}

/** @returns whether the server took it. */
async function interruptTurn(
  client: Client,
  id: string,
  display: SessionDisplay,
  context: CommandContext,
): Promise<boolean> {
  try {
    await display.note("Interrupting the turn. Ctrl-C again leaves it to itself.");
    await client.sessions.interrupt(id, { signal: context.signal });
    return true;
  } catch (error) {
    if (!context.signal.aborted) {
      const reason = error instanceof Error ? error.message : String(error);
      await display.note(`It could not be interrupted: ${reason}. Ctrl-C again leaves it to itself.`);
    }
    return false;
  }
}

/** The failure to report when following stopped early although the session goes on. */
function stoppedFollowing(id: string, error: unknown, context: CommandContext): unknown {
  if (!context.signal.aborted) return error;
  const left = (context.signal.reason as Error).name === "Interrupted";
  return new CliError(left ? "You left. The turn goes on." : "The output's reader is gone. The turn goes on.", {
    exitCode: left ? exitCodes.interrupted : exitCodes.failed,
    hint: `Come back with: aod attach ${id}\nEnd it with: aod sessions terminate ${id}`,
    cause: error,
  });
}
