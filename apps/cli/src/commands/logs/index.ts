import type { CommandContext, CommonOptions, Outcome } from "../../context.ts";
import { createDisplay } from "../../display/create-display.ts";
import type { DisplayFlags } from "../../display/create-display.ts";
import { exitCodeOf, followSession } from "../sessions/follow.ts";
import { findSession } from "../sessions/index.ts";
import { isOver } from "../sessions/wait-within.ts";
import { showUntilQuiet } from "./show-until-quiet.ts";

export interface LogsOptions extends CommonOptions, DisplayFlags {
  readonly session: string;
  readonly follow?: boolean;
  readonly since?: number;
}

/** `aod logs`: every turn of a session. Ends with 0 when it could be read, however the session went. */
export async function logs(context: CommandContext, options: LogsOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const { signal } = context;
  const { since } = options;
  const id = await findSession(client, options.session, signal);
  const readToEnd = options.follow === true || isOver(await client.sessions.get(id, { signal }));
  await using display = createDisplay(client, id, { flags: options }, context);
  if (readToEnd) {
    const end = await followSession(client, id, display, context, { since });
    await display[Symbol.asyncDispose]();
    if (end.type !== "exit") await exitCodeOf(end, id, context);
  } else {
    await showUntilQuiet(display, signal, (shown, until) =>
      followSession(client, id, shown, context, { since, signal: until }),
    );
  }
  return {};
}
