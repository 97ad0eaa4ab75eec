import type { CommandContext, Outcome } from "../../context.ts";
import { createDisplay } from "../../display/create-display.ts";
import type { DisplayFlags } from "../../display/create-display.ts";
import { withSession } from "../../refs/session-ref.ts";
import type { SessionRefOptions } from "../../refs/session-ref.ts";
import { followSession, reportEnd } from "../../session/follow-session.ts";

export interface LogsOptions extends SessionRefOptions, DisplayFlags {
  readonly follow?: boolean;
  readonly since?: number;
}

/** `aod logs`: every turn of a session, so far. Ends with 0 when it could be read, however the session went. */
export function logs(context: CommandContext, options: LogsOptions): Promise<Outcome> {
  const { since, follow = false } = options;
  return withSession(context, options, async (client, id) => {
    await using display = createDisplay(context, { client, id, flags: options });
    const end = await followSession({ client, id, display, since, follow, signal: context.signal });
    await display[Symbol.asyncDispose]();
    await reportEnd(end, context);
    return {};
  });
}
