import type { CommandContext, Outcome } from "../context.ts";
import type { DisplayFlags } from "../display/create-display.ts";
import { readPrompt } from "../inputs/read-prompt.ts";
import { withSession } from "../refs/session-ref.ts";
import type { SessionRefOptions } from "../refs/session-ref.ts";
import { followTurn } from "./follow-turn.ts";
import { acknowledge } from "./start-session.ts";

/** What the next turn of a session is started with. */
export interface StartTurnOptions extends SessionRefOptions, DisplayFlags {
  readonly prompt: readonly string[];
  /** Seconds for the turn. */
  readonly timeout?: number;
}

export interface StartTurn {
  readonly options: StartTurnOptions;
  /** The command as it is written, for hints. */
  readonly command: string;
  /** Stay with the turn. */
  readonly follow: boolean;
}

/** Goes on with a session and, where that is wanted, stays with the turn. */
export async function startTurn(context: CommandContext, { options, command, follow }: StartTurn): Promise<Outcome> {
  const prompt = await readPrompt(options.prompt, `${command} ${options.session}`, context);
  return withSession(context, options, async (client, id) => {
    const beganAt = context.now();
    const ack = await client.sessions.prompt(id, { prompt, timeout: options.timeout }, { signal: context.signal });
    if (!follow) return acknowledge(ack, options, context);
    return followTurn(context, { client, id, flags: options, beganAt, fromTurn: ack.currentTurn ?? undefined });
  });
}
