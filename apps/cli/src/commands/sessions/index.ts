import type { SessionStatus } from "@aod/sdk";
import { exitCodes } from "../../cli-error.ts";
import type { CommandContext, CommonOptions, Outcome } from "../../context.ts";
import { createDisplay } from "../../display/create-display.ts";
import type { DisplayFlags } from "../../display/create-display.ts";
import { renderSession, renderSessions, renderTurns } from "../../output/sessions.ts";
import { toWire, toWireList } from "../../output/wire.ts";
import { findAgent } from "../../refs/agent-ref.ts";
import { withSession } from "../../refs/session-ref.ts";
import type { SessionRefOptions } from "../../refs/session-ref.ts";
import { followSession, reportEnd } from "../../session/follow-session.ts";
import { startSession } from "../../session/start-session.ts";
import type { StartSessionOptions } from "../../session/start-session.ts";
import { startTurn } from "../../session/start-turn.ts";
import type { StartTurnOptions } from "../../session/start-turn.ts";
import { waitForEnd } from "../../session/wait-for-end.ts";

export interface ListSessionsOptions extends CommonOptions {
  readonly status?: SessionStatus;
  readonly limit?: number;
}

export interface CreateSessionOptions extends StartSessionOptions {
  readonly agent: string;
  readonly follow?: boolean;
}

export interface PromptSessionOptions extends StartTurnOptions {
  readonly follow?: boolean;
}

export interface StreamSessionOptions extends SessionRefOptions, DisplayFlags {
  readonly since?: number;
  readonly stages?: boolean;
}

export interface WaitSessionOptions extends SessionRefOptions {
  /** Seconds. */
  readonly timeout?: number;
}

/** `aod sessions list` */
export async function listSessions(context: CommandContext, options: ListSessionsOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const all = await client.sessions.list({ signal: context.signal });
  const sessions = all.filter(({ status }) => status === (options.status ?? status)).slice(0, options.limit);
  return {
    json: toWireList(sessions),
    text: (theme, width) => renderSessions(sessions, { now: context.now(), theme, width }),
  };
}

/** `aod sessions get` */
export function getSession(context: CommandContext, options: SessionRefOptions): Promise<Outcome> {
  return withSession(context, options, async (client, id) => {
    const session = await client.sessions.get(id, { signal: context.signal });
    return { json: toWire(session), text: (theme) => renderSession(session, theme) };
  });
}

/** `aod sessions create` */
export function createSession(context: CommandContext, options: CreateSessionOptions): Promise<Outcome> {
  const { agent, follow = false } = options;
  const command = `aod sessions create --agent ${agent}`;
  return startSession(context, {
    options,
    command,
    follow,
    findAgent: (client) => findAgent(client, agent, context.signal),
  });
}

/** `aod sessions prompt` */
export function promptSession(context: CommandContext, options: PromptSessionOptions): Promise<Outcome> {
  return startTurn(context, { options, command: "aod sessions prompt", follow: options.follow === true });
}

/** `aod sessions turns` */
export function listTurns(context: CommandContext, options: SessionRefOptions): Promise<Outcome> {
  return withSession(context, options, async (client, id) => {
    const turns = await client.sessions.turns(id, { signal: context.signal });
    return { json: toWireList(turns), text: (theme, width) => renderTurns(turns, { theme, width }) };
  });
}

/** `aod sessions stream`: prints as events come. Ends with 0 when the stream was read to its end, however that was. */
export function streamSession(context: CommandContext, options: StreamSessionOptions): Promise<Outcome> {
  const { since, stages } = options;
  return withSession(context, options, async (client, id) => {
    await using display = createDisplay(context, { client, id, flags: options, fallback: "raw", stages });
    await reportEnd(await followSession({ client, id, display, since, signal: context.signal }), context);
    return {};
  });
}

/** `aod sessions wait`: 0 when the turn completed, 1 when it did not. */
export function waitForSession(context: CommandContext, options: WaitSessionOptions): Promise<Outcome> {
  return withSession(context, options, async (client, id) => {
    const session = await waitForEnd({ client, id, seconds: options.timeout, signal: context.signal });
    return {
      json: toWire(session),
      text: (theme) => renderSession(session, theme),
      exitCode: session.status === "completed" ? exitCodes.done : exitCodes.failed,
    };
  });
}

/** `aod sessions interrupt` */
export function interruptSession(context: CommandContext, options: SessionRefOptions): Promise<Outcome> {
  return withSession(context, options, async (client, id) => {
    const { status } = await client.sessions.interrupt(id, { signal: context.signal });
    return { json: { id, status }, text: () => `Interrupting the turn of ${id}\n` };
  });
}

/** `aod sessions terminate` */
export function terminateSession(context: CommandContext, options: SessionRefOptions): Promise<Outcome> {
  return withSession(context, options, async (client, id) => {
    const { status } = await client.sessions.terminate(id, { signal: context.signal });
    return { json: { id, status }, text: () => `Terminated ${id}\n` };
  });
}

/** `aod sessions delete` */
export function deleteSession(context: CommandContext, options: SessionRefOptions): Promise<Outcome> {
  return withSession(context, options, async (client, id) => {
    await client.sessions.delete(id, { signal: context.signal });
    return { json: { id, deleted: true }, text: () => `Deleted ${id}\n` };
  });
}
