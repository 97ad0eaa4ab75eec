import { createEventPrinter, createTheme } from "@aod/pretty";
import type { AgentEvent } from "@aod/pretty";
import type { CommandContext, Outcome } from "../../context.ts";
import { wantsColor } from "../../output/theme.ts";
import { toWireAgentEvent } from "../../output/wire.ts";
import { withSession } from "../../refs/session-ref.ts";
import type { SessionRefOptions } from "../../refs/session-ref.ts";

export interface ListEventsOptions extends SessionRefOptions {
  /** @default the last one */
  readonly turn?: number;
}

/** `aod sessions events`: what the agent did in a turn, as far as the server has decoded it. */
export function listEvents(context: CommandContext, options: ListEventsOptions): Promise<Outcome> {
  const { signal, stdout, env } = context;
  return withSession(context, options, async (client, id) => {
    const turn = options.turn ?? (await client.sessions.get(id, { signal })).turnCount;
    const width = Number.isFinite(stdout.width) ? stdout.width : 100;
    const printer = createEventPrinter(createTheme({ color: wantsColor(stdout.isTerminal, env), emoji: false, width }));
    for await (const event of client.sessions.turnEvents(id, turn, { signal })) {
      const wire = toWireAgentEvent(event);
      // Events of a newer server print as nothing.
      await stdout.write(options.json ? `${JSON.stringify(wire)}\n` : printer.write(wire as AgentEvent));
    }
    if (!options.json) await stdout.write(printer.end());
    return {};
  });
}
