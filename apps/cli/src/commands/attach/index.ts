import type { CommandContext, Outcome } from "../../context.ts";
import type { DisplayFlags } from "../../display/create-display.ts";
import { withSession } from "../../refs/session-ref.ts";
import type { SessionRefOptions } from "../../refs/session-ref.ts";
import { followTurn } from "../../session/follow-turn.ts";

export interface AttachOptions extends SessionRefOptions, DisplayFlags {}

/** `aod attach`: the current turn from its start, live from there, as if it had been started here. */
export function attach(context: CommandContext, options: AttachOptions): Promise<Outcome> {
  return withSession(context, options, async (client, id) => {
    const { currentTurn, turnCount } = await client.sessions.get(id, { signal: context.signal });
    return followTurn(context, { client, id, flags: options, fromTurn: currentTurn ?? turnCount });
  });
}
