import type { Client } from "@aod/sdk";
import type { CommandContext, CommonOptions, Outcome } from "../context.ts";
import { resolveRef } from "./resolve-ref.ts";

/** A command about one session. */
export interface SessionRefOptions extends CommonOptions {
  readonly session: string;
}

/** The id of the session that a reference means. */
export function findSession(client: Client, ref: string, signal: AbortSignal): Promise<string> {
  return resolveRef("sessions", ref, () => client.sessions.list({ signal }));
}

/** Connects, finds the session that is meant, and hands both to the command. */
export async function withSession(
  context: CommandContext,
  options: SessionRefOptions,
  command: (client: Client, id: string) => Promise<Outcome>,
): Promise<Outcome> {
  await using client = await context.connect(options);
  return await command(client, await findSession(client, options.session, context.signal));
}
