import { setTimeout as delay } from "node:timers/promises";
import type { Client, Session } from "@aod/sdk";
import type { CommandContext, CommonOptions, Outcome } from "../../context.ts";
import { renderProcesses } from "../../output/processes.ts";
import { toWireList } from "../../output/wire.ts";
import { isOver } from "../../session/wait-for-end.ts";
import { createScreen } from "./screen.ts";

export interface PsOptions extends CommonOptions {
  readonly all?: boolean;
  readonly watch?: boolean;
  /** Seconds between two looks. */
  readonly interval: number;
}

/** `aod ps`: what is at work, with `--watch` until Ctrl-C. */
export async function ps(context: CommandContext, options: PsOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  if (options.watch) return await watch(client, context, options);
  const { sessions, agents } = await look(client, context.signal, options.all);
  return {
    json: toWireList(sessions),
    text: (theme, width) => renderProcesses(sessions, agents, { now: context.now(), theme, width }),
  };
}

async function watch(client: Client, context: CommandContext, options: PsOptions): Promise<Outcome> {
  const { stdout, theme, signal } = context;
  const screen = createScreen(stdout, context.env);
  try {
    for (;;) {
      const { sessions, agents } = await look(client, signal, options.all);
      await screen.show(
        options.json
          ? `${JSON.stringify(toWireList(sessions))}\n`
          : renderProcesses(sessions, agents, { now: context.now(), theme, width: stdout.width }),
      );
      await delay(options.interval * 1000, undefined, { signal });
    }
  } catch (error) {
    // Ctrl-C is how it is meant to end.
    if (signal.aborted) return {};
    throw error;
  }
}

interface Look {
  readonly sessions: readonly Session[];
  /** Names by id. */
  readonly agents: ReadonlyMap<string, string>;
}

async function look(client: Client, signal: AbortSignal, all = false): Promise<Look> {
  const [sessions, agents] = await Promise.all([client.sessions.list({ signal }), client.agents.list({ signal })]);
  return {
    sessions: sessions.filter((session) => all || !isOver(session)),
    agents: new Map(agents.map(({ id, name }) => [id, name])),
  };
}
