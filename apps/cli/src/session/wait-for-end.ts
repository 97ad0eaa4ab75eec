import type { Client, Session } from "@aod/sdk";
import { CliError } from "../cli-error.ts";

/** Whether a session has nothing left to do. */
export function isOver({ status }: Pick<Session, "status">): boolean {
  return status !== "pending" && status !== "running";
}

export interface WaitForEnd {
  readonly client: Client;
  readonly id: string;
  /** How long to wait; for ever when it is missing. */
  readonly seconds: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * The session after the end of its turn.
 *
 * @throws CliError when it was not over in time.
 */
export async function waitForEnd({ client, id, seconds, signal }: WaitForEnd): Promise<Session> {
  const limit = seconds === undefined ? null : AbortSignal.timeout(seconds * 1000);
  try {
    return await endOf(client, id, limit ? AbortSignal.any([signal, limit]) : signal);
  } catch (error) {
    if (!limit?.aborted || signal.aborted) throw error;
    throw new CliError(`The session ${id} was not over after ${seconds} s.`, {
      hint: `Wait longer, or end it with: aod sessions terminate ${id}`,
      cause: error,
    });
  }
}

async function endOf(client: Client, id: string, signal: AbortSignal): Promise<Session> {
  const session = await client.sessions.get(id, { signal });
  // Its log may be long, and waiting reads it.
  if (isOver(session)) return session;
  return (await client.sessions.wait(id, { collectEvents: false, signal })).session;
}
