import type { Client, SessionAck, SessionCreateParams, SessionStatus } from "@aod/sdk";
import { exitCodes } from "../../cli-error.ts";
import type { CommandContext, CommonOptions, Outcome } from "../../context.ts";
import { renderSession, renderSessionAck, renderSessions, renderTurns } from "../../output/sessions.ts";
import { toWire, toWireList } from "../../output/wire.ts";
import { findAgent } from "../agents/index.ts";
import { findEnvironment } from "../environments/index.ts";
import { defined, readPrompt, readVariables } from "../inputs.ts";
import { resolveRef } from "../resolve-ref.ts";
import { createDisplay } from "../../display/create-display.ts";
import type { DisplayFlags } from "../../display/create-display.ts";
import { exitCodeOf, followSession, followTurn } from "./follow.ts";
import { waitWithin } from "./wait-within.ts";

/** A command about one session. */
export interface SessionRefOptions extends CommonOptions {
  readonly session: string;
}

export interface ListSessionsOptions extends CommonOptions {
  readonly status?: SessionStatus;
  readonly limit?: number;
}

/** What a session is started with, beside its agent and prompt. */
export interface SessionSettings {
  readonly environment?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Names of variables whose values are taken from the caller's environment. */
  readonly secret?: readonly string[];
  /** Addresses of GitHub repositories. */
  readonly repo?: readonly string[];
  /** Seconds for the turn. */
  readonly timeout?: number;
}

export interface CreateSessionOptions extends CommonOptions, SessionSettings, DisplayFlags {
  readonly agent: string;
  readonly prompt: readonly string[];
  readonly follow?: boolean;
}

export interface PromptSessionOptions extends SessionRefOptions, DisplayFlags {
  readonly prompt: readonly string[];
  readonly timeout?: number;
  readonly follow?: boolean;
}

export interface StreamSessionOptions extends SessionRefOptions, DisplayFlags {
  readonly since?: number;
  readonly stages?: boolean;
}

export interface ListEventsOptions extends SessionRefOptions {
  /** @default the last one */
  readonly turn?: number;
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
  return { json: toWireList(sessions), text: (theme, width) => renderSessions(sessions, context.now(), theme, width) };
}

/** `aod sessions get` */
export async function getSession(context: CommandContext, options: SessionRefOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const { signal } = context;
  const session = await client.sessions.get(await findSession(client, options.session, signal), { signal });
  return { json: toWire(session), text: (theme) => renderSession(session, theme) };
}

/** `aod sessions create` */
export async function createSession(context: CommandContext, options: CreateSessionOptions): Promise<Outcome> {
  const prompt = await readPrompt(options.prompt, context);
  const settings = sessionParams(options, context);
  await using client = await context.connect(options);
  const { signal } = context;
  const agentId = await findAgent(client, options.agent, signal);
  const environmentId = await optionalEnvironment(client, options.environment, signal);
  const beganAt = context.now();
  const ack = await client.sessions.create({ ...settings, ...environmentId, agentId, prompt }, { signal });
  if (!options.follow) return acknowledged(ack);
  return await followTurn(client, ack.id, { flags: options, beganAt }, context);
}

/** `aod sessions prompt` */
export async function promptSession(context: CommandContext, options: PromptSessionOptions): Promise<Outcome> {
  const prompt = await readPrompt(options.prompt, context);
  await using client = await context.connect(options);
  const { signal } = context;
  const id = await findSession(client, options.session, signal);
  const beganAt = context.now();
  const ack = await client.sessions.prompt(id, { prompt, timeout: options.timeout }, { signal });
  if (!options.follow) return acknowledged(ack);
  return await followTurn(client, id, { flags: options, beganAt, fromTurn: ack.currentTurn ?? undefined }, context);
}

/** `aod sessions turns` */
export async function listTurns(context: CommandContext, options: SessionRefOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const { signal } = context;
  const turns = await client.sessions.turns(await findSession(client, options.session, signal), { signal });
  return { json: toWireList(turns), text: (theme, width) => renderTurns(turns, theme, width) };
}

/** `aod sessions stream`: prints as events come. Ends with 0 when the stream was read to its end, however that was. */
export async function streamSession(context: CommandContext, options: StreamSessionOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const id = await findSession(client, options.session, context.signal);
  const { since, stages } = options;
  await using display = createDisplay(client, id, { flags: options, fallback: "raw", stages }, context);
  const end = await followSession(client, id, display, context, { since });
  if (end.type !== "exit") await exitCodeOf(end, id, context);
  return {};
}

/** `aod sessions wait`: 0 when the turn completed, 1 when it did not. */
export async function waitForSession(context: CommandContext, options: WaitSessionOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const id = await findSession(client, options.session, context.signal);
  const session = await waitWithin(client, id, options.timeout, context.signal);
  return {
    json: toWire(session),
    text: (theme) => renderSession(session, theme),
    exitCode: session.status === "completed" ? exitCodes.done : exitCodes.failed,
  };
}

/** `aod sessions interrupt` */
export async function interruptSession(context: CommandContext, options: SessionRefOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const { signal } = context;
  const id = await findSession(client, options.session, signal);
  const { status } = await client.sessions.interrupt(id, { signal });
  return { json: { id, status }, text: () => `Interrupting the turn of ${id}\n` };
}

/** `aod sessions terminate` */
export async function terminateSession(context: CommandContext, options: SessionRefOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const { signal } = context;
  const id = await findSession(client, options.session, signal);
  const { status } = await client.sessions.terminate(id, { signal });
  return { json: { id, status }, text: () => `Terminated ${id}\n` };
}

/** `aod sessions delete` */
export async function deleteSession(context: CommandContext, options: SessionRefOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const { signal } = context;
  const id = await findSession(client, options.session, signal);
  await client.sessions.delete(id, { signal });
  return { json: { id, deleted: true }, text: () => `Deleted ${id}\n` };
}

/** The parts of a new session that need no look-up. */
export function sessionParams(
  options: SessionSettings,
  context: Pick<CommandContext, "env">,
): Pick<SessionCreateParams, "secretEnvVars" | "resources" | "timeout"> {
  return defined({
    secretEnvVars: readVariables(options, context.env),
    resources: options.repo?.map((url) => ({ type: "github_repository" as const, url })),
    timeout: options.timeout,
  });
}

/** The environment that a session is to have instead of its agent's, when one was named. */
export async function optionalEnvironment(
  client: Client,
  ref: string | undefined,
  signal: AbortSignal,
): Promise<{ environmentId?: string }> {
  return ref === undefined ? {} : { environmentId: await findEnvironment(client, ref, signal) };
}

/** The id of the session that a reference means. */
export function findSession(client: Client, ref: string, signal: AbortSignal): Promise<string> {
  return resolveRef("sessions", ref, () => client.sessions.list({ signal }));
}

/** What was started. */
export function acknowledged(ack: SessionAck): Outcome {
  return { json: toWire(ack), text: (theme) => renderSessionAck(ack, theme) };
}
