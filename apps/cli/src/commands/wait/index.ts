import { exitCodes } from "../../cli-error.ts";
import type { CommandContext, CommonOptions, Outcome } from "../../context.ts";
import { renderSessions } from "../../output/sessions.ts";
import { toWireList } from "../../output/wire.ts";
import { findSession } from "../../refs/session-ref.ts";
import { waitForEnd } from "../../session/wait-for-end.ts";

export interface WaitOptions extends CommonOptions {
  readonly sessions: readonly string[];
  /** Seconds, for all of them together. */
  readonly timeout?: number;
}

/** `aod wait`: 0 when the turns of all sessions completed, 1 when one did not. */
export async function wait(context: CommandContext, options: WaitOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const { signal } = context;
  // One look-up after the other: a reference that is wrong is told before anything is waited for.
  const ids: string[] = [];
  for (const ref of options.sessions) ids.push(await findSession(client, ref, signal));
  const sessions = await Promise.all(ids.map((id) => waitForEnd({ client, id, seconds: options.timeout, signal })));
  return {
    json: toWireList(sessions),
    text: (theme, width) => renderSessions(sessions, { now: context.now(), theme, width }),
    exitCode: sessions.every(({ status }) => status === "completed") ? exitCodes.done : exitCodes.failed,
  };
}
