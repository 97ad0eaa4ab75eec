import type { AgentCreateParams, Client } from "@aod/sdk";
import { misuse } from "../../cli-error.ts";
import type { CommandContext, CommonOptions, Outcome } from "../../context.ts";
import { renderAgent, renderAgents, renderAgentVersions } from "../../output/agents.ts";
import { toWire, toWireList } from "../../output/wire.ts";
import { defined } from "../../defined.ts";
import { readFields } from "../../inputs/read-fields.ts";
import { findAgent } from "../../refs/agent-ref.ts";
import { findEnvironment } from "../../refs/environment-ref.ts";

/** A command about one agent. */
export interface AgentRefOptions extends CommonOptions {
  readonly agent: string;
}

/** Fields of an agent, as flags. */
export interface AgentOptions extends CommonOptions {
  readonly name?: string;
  readonly runtime?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly system?: string;
  readonly description?: string;
  /** A reference; `false` detaches (update only). */
  readonly environment?: string | false;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  /** The same, from behind `--`. */
  readonly argv?: readonly string[];
  /** JSON file with further fields, under the names of the HTTP API. */
  readonly file?: string;
}

export interface UpdateAgentOptions extends AgentOptions {
  readonly agent: string;
  readonly expectVersion?: number;
}

/** `aod agents list` */
export async function listAgents(context: CommandContext, options: CommonOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const agents = await client.agents.list({ signal: context.signal });
  return {
    json: toWireList(agents),
    text: (theme, width) => renderAgents(agents, { now: context.now(), theme, width }),
  };
}

/** `aod agents get` */
export async function getAgent(context: CommandContext, options: AgentRefOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const agent = await client.agents.get(await findAgent(client, options.agent, context.signal), {
    signal: context.signal,
  });
  return { json: toWire(agent), text: (theme) => renderAgent(agent, theme) };
}

/** `aod agents create` */
export async function createAgent(context: CommandContext, options: AgentOptions): Promise<Outcome> {
  const file = await readFields(options.file, context);
  await using client = await context.connect(options);
  const fields = { ...file, ...(await agentFields(client, options, context.signal)) };
  if (!("name" in fields)) throw misuse("An agent needs a name.", "Give it with --name, or in the file.");
  // Flags and files are not typed further than this: the server checks every field and names the wrong ones.
  const agent = await client.agents.create(fields as unknown as AgentCreateParams, { signal: context.signal });
  return { json: toWire(agent), text: (theme) => renderAgent(agent, theme) };
}

/** `aod agents update`: on top of the current version, unless one is given. */
export async function updateAgent(context: CommandContext, options: UpdateAgentOptions): Promise<Outcome> {
  const file = await readFields(options.file, context);
  await using client = await context.connect(options);
  const { signal } = context;
  const id = await findAgent(client, options.agent, signal);
  const fields = { ...file, ...(await agentFields(client, options, signal)) };
  if (Object.keys(fields).length === 0) throw misuse("Nothing to change was given.", "aod agents update --help");
  const version = options.expectVersion ?? (await client.agents.get(id, { signal })).version;
  const agent = await client.agents.update(id, { version, ...fields }, { signal });
  return { json: toWire(agent), text: (theme) => renderAgent(agent, theme) };
}

/** `aod agents archive` */
export async function archiveAgent(context: CommandContext, options: AgentRefOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const { signal } = context;
  const agent = await client.agents.archive(await findAgent(client, options.agent, signal), { signal });
  return { json: toWire(agent), text: () => `Archived ${agent.id}\n` };
}

/** `aod agents versions` */
export async function listAgentVersions(context: CommandContext, options: AgentRefOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const { signal } = context;
  const versions = await client.agents.versions(await findAgent(client, options.agent, signal), { signal });
  return { json: toWireList(versions), text: (theme, width) => renderAgentVersions(versions, { theme, width }) };
}

async function agentFields(
  client: Client,
  options: AgentOptions,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const { name, runtime, provider, model, system, description, metadata, environment } = options;
  const environmentId =
    environment === undefined
      ? undefined
      : environment === false
        ? null
        : await findEnvironment(client, environment, signal);
  const command = commandOf(options);
  return defined({ name, runtime, provider, model, system, description, metadata, command, environmentId });
}

function commandOf({ command, argv = [] }: AgentOptions): readonly string[] | undefined {
  if (argv.length === 0) return command;
  if (command === undefined) return argv;
  throw misuse("The program is given twice: with --command and as the last arguments.", "Give it once.");
}
