import type { EnvironmentCreateParams } from "@aod/sdk";
import { misuse } from "../../cli-error.ts";
import type { CommandContext, CommonOptions, Outcome } from "../../context.ts";
import { renderEnvironment, renderEnvironments, renderEnvironmentVersions } from "../../output/environments.ts";
import { toWire, toWireList } from "../../output/wire.ts";
import { defined } from "../../defined.ts";
import { readFields } from "../../inputs/read-fields.ts";
import { readText } from "../../inputs/read-text.ts";
import { readVariables } from "../../inputs/read-variables.ts";
import { findEnvironment } from "../../refs/environment-ref.ts";

/** A command about one environment. */
export interface EnvironmentRefOptions extends CommonOptions {
  readonly environment: string;
}

/** Fields of an environment, as flags. */
export interface EnvironmentOptions extends CommonOptions {
  readonly name?: string;
  /** Lists of packages by manager. */
  readonly package?: Readonly<Record<string, readonly string[]>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly secret?: readonly string[];
  /** Path of a shell script. */
  readonly setupScript?: string;
  readonly allowHost?: readonly string[];
  readonly unrestricted?: boolean;
  /** JSON file with further fields, under the names of the HTTP API. */
  readonly file?: string;
}

export interface UpdateEnvironmentOptions extends EnvironmentOptions {
  readonly environment: string;
  readonly expectVersion?: number;
}

/** `aod environments list` */
export async function listEnvironments(context: CommandContext, options: CommonOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const list = await client.environments.list({ signal: context.signal });
  return {
    json: toWireList(list),
    text: (theme, width) => renderEnvironments(list, { now: context.now(), theme, width }),
  };
}

/** `aod environments get` */
export async function getEnvironment(context: CommandContext, options: EnvironmentRefOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const { signal } = context;
  const environment = await client.environments.get(await findEnvironment(client, options.environment, signal), {
    signal,
  });
  return { json: toWire(environment), text: (theme) => renderEnvironment(environment, theme) };
}

/** `aod environments create` */
export async function createEnvironment(context: CommandContext, options: EnvironmentOptions): Promise<Outcome> {
  const fields = await environmentFields(options, context);
  if (!("name" in fields)) throw misuse("An environment needs a name.", "Give it with --name, or in the file.");
  await using client = await context.connect(options);
  // Flags and files are not typed further than this: the server checks every field and names the wrong ones.
  const params = fields as unknown as EnvironmentCreateParams;
  const environment = await client.environments.create(params, { signal: context.signal });
  return { json: toWire(environment), text: (theme) => renderEnvironment(environment, theme) };
}

/** `aod environments update`: on top of the current version, unless one is given. */
export async function updateEnvironment(context: CommandContext, options: UpdateEnvironmentOptions): Promise<Outcome> {
  const fields = await environmentFields(options, context);
  if (Object.keys(fields).length === 0) throw misuse("Nothing to change was given.", "aod environments update --help");
  await using client = await context.connect(options);
  const { signal } = context;
  const id = await findEnvironment(client, options.environment, signal);
  const version = options.expectVersion ?? (await client.environments.get(id, { signal })).version;
  const environment = await client.environments.update(
    id,
    { version, ...fields },
    {
      signal,
    },
  );
  return { json: toWire(environment), text: (theme) => renderEnvironment(environment, theme) };
}

/** `aod environments archive` */
export async function archiveEnvironment(context: CommandContext, options: EnvironmentRefOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const { signal } = context;
  const environment = await client.environments.archive(await findEnvironment(client, options.environment, signal), {
    signal,
  });
  return { json: toWire(environment), text: () => `Archived ${environment.id}\n` };
}

/** `aod environments delete` */
export async function deleteEnvironment(context: CommandContext, options: EnvironmentRefOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const { signal } = context;
  const id = await findEnvironment(client, options.environment, signal);
  await client.environments.delete(id, { signal });
  return { json: { id, deleted: true }, text: () => `Deleted ${id}\n` };
}

/** `aod environments versions` */
export async function listEnvironmentVersions(
  context: CommandContext,
  options: EnvironmentRefOptions,
): Promise<Outcome> {
  await using client = await context.connect(options);
  const { signal } = context;
  const versions = await client.environments.versions(await findEnvironment(client, options.environment, signal), {
    signal,
  });
  return { json: toWireList(versions), text: (theme, width) => renderEnvironmentVersions(versions, { theme, width }) };
}

async function environmentFields(
  options: EnvironmentOptions,
  context: CommandContext,
): Promise<Record<string, unknown>> {
  const { name, package: packages, setupScript, allowHost, unrestricted } = options;
  if (allowHost && unrestricted) throw misuse("--allow-host and --unrestricted exclude each other.");
  const networking = allowHost
    ? { type: "limited", allowedHosts: allowHost }
    : unrestricted
      ? { type: "unrestricted" }
      : undefined;
  const flags = {
    name,
    packages,
    envVars: readVariables(options, context.env),
    setupScript: setupScript === undefined ? undefined : await readText(setupScript),
    networking,
  };
  return { ...(await readFields(options.file, context)), ...defined(flags) };
}
