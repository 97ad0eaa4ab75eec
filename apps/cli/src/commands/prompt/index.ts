import type { CommandContext, Outcome } from "../../context.ts";
import { promptSession } from "../sessions/index.ts";
import type { PromptSessionOptions } from "../sessions/index.ts";

export interface PromptOptions extends Omit<PromptSessionOptions, "follow"> {
  readonly detach?: boolean;
}

/** `aod prompt`: `aod sessions prompt` for people, which stays unless told otherwise. */
export function prompt(context: CommandContext, options: PromptOptions): Promise<Outcome> {
  return promptSession(context, { ...options, follow: options.detach !== true });
}
