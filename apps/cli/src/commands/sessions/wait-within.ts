import type { Client, Session } from "@aod/sdk";
import { CliError } from "../../cli-error.ts";

/** Whether a session has nothing left to do. */
export function isOver({ status }: Pick<Session, "status">): boolean {
  return status !== "pending" && status !== "running";
}

/**
 * The session after the end of its turn.
 *
 * @param seconds How long to wait; for ever when it is missing.
 * @throws CliError when that was not long enough.
 */
export async function waitWithin(
  client: Client,
  id: string,
  seconds: number | undefined,
  signal: AbortSignal,
): Promise<Session> {
  const limit = seconds === undefined ? null : AbortSignal.timeout(seconds * 1000);
  try {
    for (;;) {
      const { session } = await client.sessions.wait(id, {
        collectEvents: false,
        signal: limit ? AbortSignal.any([signal, limit]) : signal,
      });
      // A stream also ends when nothing was written for long; the session is then still at work.
      if (isOver(session)) return session;
    }
  } catch (error) {
    if (!limit?.aborted || signal.aborted) throw error;
    throw new CliError(`The session ${id} was not over after ${seconds} s.`, {
      hint: `Wait longer, or end it with: aod sessions terminate ${id}`,
      cause: error,
    });
  }
}
