import type { Agent, Client } from "@aod/sdk";
import { exitCodes, misuse } from "../../cli-error.ts";
import type { CommandContext, Outcome } from "../../context.ts";
import { isRuntime, runtimeNames, runtimes } from "../../runtimes.ts";
import type { RuntimeName } from "../../runtimes.ts";
import { startSession } from "../../session/start-session.ts";
import type { StartSessionOptions } from "../../session/start-session.ts";

/** Options of `aod run`. */
export interface RunOptions extends StartSessionOptions {
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
  const follow = options.detach !== true;
  const outcome = await startSession(context, {
    options,
    command: "aod run",
    follow,
    findAgent: async (client) => (await agentFor(client, runtime, options, context.signal)).id,
  });
  const { exitCode = exitCodes.done } = outcome;
  if (exitCode !== exitCodes.done && exitCode !== exitCodes.interrupted) await hintAtKey(runtime, options, context);
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
  { env, secret }: Pick<RunOptions, "env" | "secret">,
  { stderr }: CommandContext,
): Promise<void> {
  const keys: readonly string[] = runtimes[runtime].keys;
  const [first] = keys;
  if (first === undefined || keys.some((key) => secret?.includes(key) || env?.[key] !== undefined)) return;
  await stderr.write(`No model key was given. If that is why it failed: aod run --secret ${first} ...\n`);
}
