import type { CommandContext, CommonOptions, Outcome } from "../../context.ts";
import type { DisplayFlags } from "../../display/create-display.ts";
import { followTurn } from "../sessions/follow.ts";
import { findSession } from "../sessions/index.ts";

export interface AttachOptions extends CommonOptions, DisplayFlags {
  readonly session: string;
}

/** `aod attach`: the current turn from its start, live from there, as if it had been started here. */
export async function attach(context: CommandContext, options: AttachOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const { signal } = context;
  const id = await findSession(client, options.session, signal);
  const { currentTurn, turnCount } = await client.sessions.get(id, { signal });
  return await followTurn(client, id, { flags: options, fromTurn: currentTurn ?? turnCount }, context);
}
