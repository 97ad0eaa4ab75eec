import type { CommandContext, Outcome } from "../../context.ts";
import { startTurn } from "../../session/start-turn.ts";
import type { StartTurnOptions } from "../../session/start-turn.ts";

export interface PromptOptions extends StartTurnOptions {
  /** Return at once. */
  readonly detach?: boolean;
}

/** `aod prompt`: `aod sessions prompt` for people, which stays unless told otherwise. */
export function prompt(context: CommandContext, options: PromptOptions): Promise<Outcome> {
  return startTurn(context, { options, command: "aod prompt", follow: options.detach !== true });
}
