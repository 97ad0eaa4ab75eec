import type { Agent, AgentCreateParams, Client, Environment, EnvironmentCreateParams } from "@aod/sdk";
import { CliError, misuse } from "../../cli-error.ts";
import type { CommandContext, CommonOptions, Outcome } from "../../context.ts";
import { explainError } from "../../describe-error.ts";
import { renderAppliedChange, renderApplySummary } from "../../output/applied-changes.ts";
import type { AppliedChange } from "../../output/applied-changes.ts";
import { renderJson } from "../../output/json.ts";
import { fromWire, toWire } from "../../output/wire.ts";
import { readText } from "../../inputs/read-text.ts";
import { parseManifest } from "./manifest.ts";
import type { ResourceKind, WantedResource } from "./manifest.ts";
import { planChange } from "./plan.ts";
import type { FieldChange, PlannedChange } from "./plan.ts";

export interface ApplyOptions extends CommonOptions {
  readonly file: readonly string[];
  readonly dryRun?: boolean;
}

interface ApplyProgress {
  readonly applied: readonly AppliedChange[];
  readonly dryRun: boolean;
  readonly asJson: boolean;
  readonly context: CommandContext;
}

/**
 * `aod apply`: makes the agents and environments of a server as files want them, found by their names. A second time
 * changes nothing.
 */
export async function apply(context: CommandContext, options: ApplyOptions): Promise<Outcome> {
  const wanted = await readManifests(options.file, context);
  const dryRun = options.dryRun === true;
  await using client = await context.connect(options);
  const server = new ServerState(client, context.signal);
  // Everything is looked at before anything is changed.
  await server.load(wanted);
  const applied: AppliedChange[] = [];
  for (const resource of wanted) {
    const change = await applyOne(server, resource, dryRun).catch((error: unknown) =>
      failAt(resource, error, { applied, dryRun, asJson: options.json === true, context }),
    );
    applied.push(change);
    if (!options.json) await context.stdout.write(renderAppliedChange(change, dryRun, context.theme));
  }
  return { json: { dry_run: dryRun, data: applied }, text: () => renderApplySummary(applied, dryRun) };
}

/** Says which entry failed; in JSON also what was done before it, because that stays. */
async function failAt(
  { kind, name, source }: WantedResource,
  error: unknown,
  { applied, dryRun, asJson, context }: ApplyProgress,
): Promise<never> {
  const { message, hint, exitCode } = await explainError(error);
  if (asJson) {
    const failed = { kind, name, action: "failed", source, message };
    await context.stdout.write(renderJson({ dry_run: dryRun, data: [...applied, failed] }));
  }
  if (context.signal.aborted) throw error;
  throw new CliError(`${kind} ${JSON.stringify(name)} (${source}): ${message}`, { hint, exitCode, cause: error });
}

async function readManifests(paths: readonly string[], context: CommandContext): Promise<WantedResource[]> {
  const all: WantedResource[] = [];
  for (const path of paths) {
    const text = path === "-" ? await context.readStdin() : await readText(path);
    if (text === null) throw misuse("--file - reads standard input, but nothing is piped in.");
    all.push(...parseManifest(text, path === "-" ? "standard input" : path, context.env));
  }
  const keys = all.map(({ kind, name }) => `${kind} ${JSON.stringify(name)}`);
  const doubled = keys.find((key, index) => keys.indexOf(key) !== index);
  if (doubled) throw misuse(`The ${doubled} is in more than one file.`);
  if (all.length === 0)
    throw misuse("There is nothing to apply.", "A file needs the lists agents, environments or both.");
  const order: readonly ResourceKind[] = ["environment", "agent"];
  return order.flatMap((kind) => all.filter((resource) => resource.kind === kind));
}

async function applyOne(server: ServerState, wanted: WantedResource, dryRun: boolean): Promise<AppliedChange> {
  const { kind, name } = wanted;
  const actual = server.find(kind, name);
  const plan = planChange(wanted, server.resolve(wanted), actual && toWire(actual));
  const changes = plan.changes.map((change) => server.nameEnvironment(change));
  if (actual === null) {
    const made = dryRun ? null : await server.create(plan);
    return { kind, name, id: made?.id ?? null, action: "created", version: made?.version ?? 1, changes };
  }
  if (changes.length === 0 || dryRun) {
    // Whether sealed values differ is not known before the server has compared them.
    const differs = changes.some(({ field }) => field !== "env_vars");
    const action = differs ? "updated" : changes.length > 0 ? "compared" : "unchanged";
    return { kind, name, id: actual.id, action, version: actual.version, changes };
  }
  const { id, version } = await server.update(plan, actual);
  // The server counts real changes.
  return version === actual.version
    ? { kind, name, id, action: "unchanged", version, changes: [] }
    : { kind, name, id, action: "updated", version, from_version: actual.version, changes };
}

/** The agents and environments of a server that have the names in question. */
class ServerState {
  readonly #client: Client;
  readonly #signal: AbortSignal;
  #agents: readonly Agent[] = [];
  #environments: readonly Environment[] = [];

  constructor(client: Client, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  /** @throws CliError when a name is not unique on the server, or an agent's environment is nowhere. */
  async load(wanted: readonly WantedResource[]): Promise<void> {
    const request = { signal: this.#signal };
    [this.#agents, this.#environments] = await Promise.all([
      this.#client.agents.list(request),
      this.#client.environments.list(request),
    ]);
    for (const { kind, name } of wanted) this.find(kind, name);
    const declared = wanted.filter(({ kind }) => kind === "environment").map(({ name }) => name);
    for (const { name, fields } of wanted) {
      const { environment } = fields;
      if (typeof environment !== "string" || declared.includes(environment) || this.#environment(environment)) continue;
      throw new CliError(
        `The agent ${JSON.stringify(name)} wants the environment ${JSON.stringify(environment)}, which is neither in the files nor on the server.`,
        {
          hint: "aod environments list shows what there is.",
        },
      );
    }
  }

  find(kind: ResourceKind, name: string): Agent | Environment | null {
    const named = (kind === "agent" ? this.#agents : this.#environments).filter((each) => each.name === name);
    if (named.length > 1) {
      const ids = named.map(({ id }) => id).join(", ");
      throw new CliError(`There are ${named.length} ${kind}s that are called ${JSON.stringify(name)}: ${ids}`, {
        hint: `Archive all but one: aod ${kind}s archive ID`,
      });
    }
    return named[0] ?? null;
  }

  /** The fields of an entry with its environment as `environment_id`. */
  resolve({ kind, fields }: WantedResource): Record<string, unknown> {
    const { environment, ...others } = fields;
    if (kind !== "agent" || environment === undefined) return { ...fields };
    if (typeof environment !== "string" || environment === "") return { ...others, environment_id: null };
    // Known only under its name before it is made, which a dry run does not do.
    return { ...others, environment_id: this.#environment(environment)?.id ?? environment };
  }

  /** People know environments by name. */
  nameEnvironment({ field, from, to }: FieldChange): FieldChange {
    const name = (id: unknown): unknown => this.#environments.find((each) => each.id === id)?.name ?? id;
    return field === "environment_id" ? { field: "environment", from: name(from), to: name(to) } : { field, from, to };
  }

  async create({ wanted: { kind }, fields }: PlannedChange): Promise<Agent | Environment> {
    const request = { signal: this.#signal };
    // Not typed further than this: the server checks every field and names the wrong ones.
    const params: unknown = fromWire(fields);
    if (kind === "agent") return this.#client.agents.create(params as AgentCreateParams, request);
    const made = await this.#client.environments.create(params as EnvironmentCreateParams, request);
    this.#environments = [...this.#environments, made];
    return made;
  }

  async update(
    { wanted: { kind }, fields }: PlannedChange,
    { id, version }: Agent | Environment,
  ): Promise<Agent | Environment> {
    const request = { signal: this.#signal };
    const params = { ...fromWire(fields), version };
    return kind === "agent"
      ? this.#client.agents.update(id, params, request)
      : this.#client.environments.update(id, params, request);
  }

  #environment(ref: string): Environment | undefined {
    return this.#environments.find(({ id, name }) => name === ref || id === ref);
  }
}
