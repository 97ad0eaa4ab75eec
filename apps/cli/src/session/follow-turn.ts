import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "@aod/sdk";
import { exitCodes } from "../cli-error.ts";
import type { CommandContext, Outcome } from "../context.ts";
import { createDisplay } from "../display/create-display.ts";
import type { DisplayOptions } from "../display/create-display.ts";
import { BrokenPipe } from "../stop-reasons.ts";
import { followSession, reportEnd } from "./follow-session.ts";
import type { FollowEnd } from "./follow-session.ts";

// Whoever leaves does not wait long to hear whether the interrupt was taken.
const answerWithinMs = 5000;

/**
 * Stays with a turn until it is over. Ctrl-C interrupts the turn, a second one leaves it to itself.
 *
 * @returns the agent's exit code; 130 when the turn was interrupted from here, or left; 1 when it failed without a code,
 *   or when nobody reads the output any more.
 */
export async function followTurn(
  context: CommandContext,
  options: Omit<DisplayOptions, "isInterrupted">,
): Promise<Outcome> {
  const { signal } = context;
  const { client, id } = options;
  const interruption = new Interruption();
  const isInterrupted = (): boolean => interruption.isWanted;
  await using display = createDisplay(context, { ...options, isInterrupted });
  const note = (text: string): Promise<void> => display.note(text);
  using press = context.ctrlC.take(() => {
    press[Symbol.dispose]();
    interruption.ask(client, id, note);
  });
  try {
    const end = await followSession({ client, id, display, signal });
    await display[Symbol.asyncDispose]();
    await reportEnd(end, context);
    const exitCode = isInterrupted() ? exitCodes.interrupted : exitCodeOf(end);
    if (wantsPointer(exitCode, end, options, context)) await context.stderr.write(`See it with: aod logs ${id}\n`);
    return { exitCode };
  } catch (error) {
    if (!signal.aborted) throw error;
    const nobodyReads = signal.reason instanceof BrokenPipe;
    await note(`${nobodyReads ? "Nobody reads the output any more." : "You left."} ${await interruption.outlook(id)}`);
    return { exitCode: nobodyReads ? exitCodes.failed : exitCodes.interrupted };
  }
}

function exitCodeOf(end: FollowEnd): number {
  return end.type === "exit" ? end.code : exitCodes.failed;
}

/** On a terminal all of it stands above; a log of a build has little more than this. */
function wantsPointer(
  exitCode: number,
  end: FollowEnd,
  { flags }: Pick<DisplayOptions, "flags">,
  { stderr }: CommandContext,
): boolean {
  if (exitCode === exitCodes.done || exitCode === exitCodes.interrupted || flags.json || flags.quiet) return false;
  return end.type !== "exit" || !stderr.isTerminal;
}

/** That a turn is to stop, as far as the server knows. */
class Interruption {
  #state: "none" | "asked" | "accepted" = "none";
  #request: Promise<void> | undefined;

  get isWanted(): boolean {
    return this.#state !== "none";
  }

  /** @param note Tells whoever watches. */
  ask(client: Client, id: string, note: (text: string) => Promise<void>): void {
    this.#state = "asked";
    const again = "Ctrl-C again leaves it to itself.";
    const request = async (): Promise<void> => {
      try {
        await note(`Interrupting the turn. ${again}`);
        await client.sessions.interrupt(id);
        this.#state = "accepted";
      } catch (error) {
        this.#state = "none";
        await note(`It could not be interrupted: ${error instanceof Error ? error.message : String(error)}. ${again}`);
      }
    };
    this.#request = request();
  }

  /** What becomes of the turn without anybody here. */
  async outlook(id: string): Promise<string> {
    await Promise.race([this.#request, delay(answerWithinMs, undefined, { ref: false })]);
    return this.#state === "accepted"
      ? `The turn is being interrupted.\nCome back with: aod attach ${id}`
      : `The turn goes on.\nCome back with: aod attach ${id}\nEnd it with: aod sessions terminate ${id}`;
  }
}
