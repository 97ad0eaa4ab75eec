import type { Client, SessionAck, SessionCreateParams } from "@aod/sdk";
import type { CommandContext, CommonOptions, Outcome } from "../context.ts";
import { defined } from "../defined.ts";
import type { DisplayFlags } from "../display/create-display.ts";
import { readPrompt } from "../inputs/read-prompt.ts";
import { readVariables } from "../inputs/read-variables.ts";
import { renderSessionAck } from "../output/sessions.ts";
import { createTheme, wantsColor } from "../output/theme.ts";
import { toWire } from "../output/wire.ts";
import { findEnvironment } from "../refs/environment-ref.ts";
import { followTurn } from "./follow-turn.ts";

/** What a session is started with, beside its agent. */
export interface StartSessionOptions extends CommonOptions, DisplayFlags {
  readonly prompt: readonly string[];
  readonly environment?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Names of variables whose values are taken from the caller's environment. */
  readonly secret?: readonly string[];
  /** Addresses of GitHub repositories. */
  readonly repo?: readonly string[];
  /** Seconds for the turn. */
  readonly timeout?: number;
}

export interface StartSession {
  readonly options: StartSessionOptions;
  /** The command as it is written, for hints. */
  readonly command: string;
  /** Stay with the turn. */
  readonly follow: boolean;
  readonly findAgent: (client: Client) => Promise<string>;
}

/**
 * Starts a session and, where that is wanted, stays with its turn. What is wrong with the arguments is told before the
 * server is asked for anything.
 */
export async function startSession(
  context: CommandContext,
  { options, command, follow, findAgent }: StartSession,
): Promise<Outcome> {
  const { signal } = context;
  const prompt = await readPrompt(options.prompt, command, context);
  const settings = settingsOf(options, context);
  await using client = await context.connect(options);
  const agentId = await findAgent(client);
  const { environment } = options;
  const environmentId = environment === undefined ? undefined : await findEnvironment(client, environment, signal);
  const beganAt = context.now();
  const ack = await client.sessions.create({ ...settings, agentId, environmentId, prompt }, { signal });
  if (!follow) return await acknowledge(ack, options, context);
  if (!options.json && !options.quiet) await writeAside(`session ${ack.id}`, context);
  return await followTurn(context, { client, id: ack.id, flags: options, beganAt });
}

/** What was started, and on standard error how to come to it. */
export async function acknowledge(
  ack: SessionAck,
  { json, quiet }: Pick<StartSessionOptions, "json" | "quiet">,
  context: CommandContext,
): Promise<Outcome> {
  if (!json && !quiet) await writeAside(`Follow it with: aod attach ${ack.id}`, context);
  return { json: toWire(ack), text: (theme) => (quiet ? `${ack.id}\n` : renderSessionAck(ack, theme)) };
}

async function writeAside(text: string, { stderr, env }: CommandContext): Promise<void> {
  await stderr.write(`${createTheme(wantsColor(stderr.isTerminal, env)).dim(text)}\n`);
}

/** The parts of a new session that need no look-up. */
function settingsOf(
  options: StartSessionOptions,
  { env }: Pick<CommandContext, "env">,
): Pick<SessionCreateParams, "secretEnvVars" | "resources" | "timeout"> {
  return defined({
    secretEnvVars: readVariables(options, env),
    resources: options.repo?.map((url) => ({ type: "github_repository" as const, url })),
    timeout: options.timeout,
  });
}
