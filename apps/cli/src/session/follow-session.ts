import type { Client, SessionStream } from "@aod/sdk";
import type { CommandContext } from "../context.ts";
import type { SessionDisplay } from "../display/session-display.ts";

/** How a session's stream ended: with the program's exit code, without one, or at what is stored so far. */
export type FollowEnd =
  | { readonly type: "exit"; readonly code: number }
  | { readonly type: "error" | "terminated"; readonly message: string }
  | { readonly type: "stored" };

export interface FollowSession {
  readonly client: Client;
  readonly id: string;
  readonly display: SessionDisplay;
  readonly signal: AbortSignal;
  /** Begin after this event. */
  readonly since?: number | undefined;
  /** False ends at what is stored now. @default true */
  readonly follow?: boolean | undefined;
}

/**
 * Shows a session's events from where it is told to, until its turn is over.
 *
 * @throws what the SDK's stream throws; the reason of the signal as it is.
 */
export async function followSession({ client, id, display, signal, since, follow }: FollowSession): Promise<FollowEnd> {
  for (;;) {
    const stream: SessionStream = client.sessions.stream(id, { since, signal, follow });
    for await (const event of stream) {
      await display.show(event);
      if (event.type === "exit") return { type: "exit", code: event.code };
      if (event.type === "terminated") return { type: "terminated", message: event.message };
      if (event.type === "error") return { type: "error", message: event.reason ?? event.message };
    }
    if (follow === false) return { type: "stored" };
    // Ended as stale: nothing was written for long, but the session is still at work.
    since = stream.lastEventId ?? since;
  }
}

/** Tells standard error how a session ended that has no exit code. */
export async function reportEnd(end: FollowEnd, { stderr }: Pick<CommandContext, "stderr">): Promise<void> {
  if (end.type === "error") await stderr.write(`The session failed: ${end.message}\n`);
  if (end.type === "terminated") await stderr.write("The session was terminated\n");
}
