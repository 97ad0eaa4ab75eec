import type { Agent, Client } from "@aod/sdk";
import { exitCodes, misuse } from "../../cli-error.ts";
import type { CommandContext, CommonOptions, Outcome } from "../../context.ts";
import { isRuntime, runtimeNames, runtimes } from "../../runtimes.ts";
import type { RuntimeName } from "../../runtimes.ts";
import { readPrompt } from "../inputs.ts";
import type { DisplayFlags } from "../../display/create-display.ts";
import { followTurn } from "../sessions/follow.ts";
import { acknowledged, optionalEnvironment, sessionParams } from "../sessions/index.ts";
import type { SessionSettings } from "../sessions/index.ts";

/** Options of `aod run`. */
export interface RunOptions extends CommonOptions, SessionSettings, DisplayFlags {
  readonly prompt: readonly string[];
  /** Return as soon as the session is started. */
  readonly detach?: boolean;
  readonly runtime?: string;
  readonly model?: string;
  readonly system?: string;
}

/** The metadata of agents that this command makes. Others are never taken, whatever they are called. */
const mark = { made_by: "aod run" };

/**
 * `aod run`: makes an agent for the runtime unless it made the same one before, starts a session, prints its output and ends with the
 * agent's exit code.
 */
export async function run(context: CommandContext, options: RunOptions): Promise<Outcome> {
  const runtime = options.runtime ?? (context.env["AOD_RUNTIME"] || "claude");
  if (!isRuntime(runtime)) {
    throw misuse(`There is no runtime ${JSON.stringify(runtime)}.`, `Choose one of: ${runtimeNames.join(", ")}`);
  }
  const prompt = await readPrompt(options.prompt, context);
  const settings = sessionParams(options, context);
  await using client = await context.connect(options);
  const { signal } = context;
  const agent = await agentFor(client, runtime, options, signal);
  const environmentId = await optionalEnvironment(client, options.environment, signal);
  const beganAt = context.now();
  const params = { ...settings, ...environmentId, agentId: agent.id, prompt };
  const ack = await client.sessions.create(params, { signal });
  if (options.detach) return acknowledged(ack);
  if (context.stderr.isTerminal && !options.json && !options.quiet) {
    await context.stderr.write(context.theme.dim(`session ${ack.id}\n`));
  }
  const outcome = await followTurn(client, ack.id, { flags: options, beganAt }, context);
  const { exitCode = exitCodes.done } = outcome;
  if (exitCode !== exitCodes.done && exitCode !== exitCodes.interrupted) {
    await hintAtKey(runtime, settings.secretEnvVars, context);
  }
  return outcome;
}

/** The agent that this command made for the same runtime, model and system prompt, if nobody changed it since; else a new one. */
async function agentFor(
  client: Client,
  runtime: RuntimeName,
  options: RunOptions,
  signal: AbortSignal,
): Promise<Agent> {
  const { model = runtimes[runtime].model, system = "" } = options;
  const fits = (agent: Agent): boolean =>
    agent.metadata["made_by"] === mark.made_by &&
    agent.version === 1 &&
    agent.runtime === runtime &&
    agent.model === model &&
    (agent.system ?? "") === system;
  const existing = (await client.agents.list({ signal })).find(fits);
  if (existing) return existing;
  return client.agents.create({ name: runtime, runtime, model, system, metadata: mark }, { signal });
}

/** An agent CLI without its key fails in words of its own; this says where the key belongs. */
async function hintAtKey(
  runtime: RuntimeName,
  variables: Readonly<Record<string, string>> | undefined,
  { stderr }: CommandContext,
): Promise<void> {
  const keys: readonly string[] = runtimes[runtime].keys;
  const [first] = keys;
  if (first === undefined || keys.some((key) => variables?.[key] !== undefined)) return;
  await stderr.write(`No model key was given. If that is why it failed: aod run --secret ${first} ...\n`);
}
