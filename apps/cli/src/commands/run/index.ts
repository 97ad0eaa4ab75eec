import type { Agent, AgentCreateParams, Client } from "@aod/sdk";
import { exitCodes, misuse } from "../../cli-error.ts";
import type { CommandContext, CommonOptions, Outcome } from "../../context.ts";
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

/** What each runtime is, as far as `aod run` has to know: the model it gets when none is named, and where its key is. */
const runtimes: Readonly<Record<string, { readonly model?: string; readonly keys: readonly string[] }>> = {
  claude: { model: "anthropic/claude-sonnet-4-6", keys: ["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"] },
  codex: { model: "openai/gpt-4.1", keys: ["OPENAI_API_KEY"] },
  gemini: { model: "google/gemini-2.5-pro", keys: ["GEMINI_API_KEY"] },
  opencode: {
    model: "anthropic/claude-sonnet-4-6",
    keys: ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY"],
  },
  command: { keys: [] },
};

/**
 * `aod run`: makes an agent for the runtime unless there is one, starts a session, prints its output and ends with the
 * agent's exit code.
 */
export async function run(context: CommandContext, options: RunOptions): Promise<Outcome> {
  const runtime = options.runtime ?? (context.env["AOD_RUNTIME"] || "claude");
  if (!(runtime in runtimes)) {
    throw misuse(
      `There is no runtime ${JSON.stringify(runtime)}.`,
      `Choose one of: ${Object.keys(runtimes).join(", ")}`,
    );
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

/** The newest agent that is named for the runtime and fits what was asked for, else a new one. */
async function agentFor(client: Client, runtime: string, options: RunOptions, signal: AbortSignal): Promise<Agent> {
  const { model, system } = options;
  const fits = (agent: Agent): boolean =>
    agent.name === runtime &&
    agent.runtime === runtime &&
    (model === undefined || agent.model === model) &&
    (system === undefined || (agent.system ?? "") === system);
  const existing = (await client.agents.list({ signal })).find(fits);
  if (existing) return existing;
  const params = { name: runtime, runtime, system, model: model ?? runtimes[runtime]?.model };
  return client.agents.create(params as AgentCreateParams, { signal });
}

/** An agent CLI without its key fails in words of its own; this says where the key belongs. */
async function hintAtKey(
  runtime: string,
  variables: Readonly<Record<string, string>> | undefined,
  { stderr }: CommandContext,
): Promise<void> {
  const keys = runtimes[runtime]?.keys ?? [];
  const [first] = keys;
  if (first === undefined || keys.some((key) => variables?.[key] !== undefined)) return;
  await stderr.write(`No model key was given. If that is why it failed: aod run --secret ${first} ...\n`);
}
