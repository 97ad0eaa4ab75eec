import {
  findCatalogModel,
  runtimeNames,
  wireProviders,
  type AgentDialect,
  type CatalogModel,
  type RuntimeName,
} from "@aod/core";
import { DomainError } from "./domain-error.ts";

/** What an agent runs on. `model` is canonical (`provider/model`) in the runtime dialect, bare in the provider dialect. */
export interface AgentIdentity {
  readonly dialect: AgentDialect;
  readonly runtime: string;
  readonly provider: string;
  readonly model: string;
}

/** What a request says of it. */
export interface IdentityChange {
  readonly runtime?: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
}

/** Which providers a runtime serves, and which variable holds the key of each. */
const runtimeTable: Readonly<
  Record<RuntimeName, { readonly providers: readonly string[]; readonly tokens: readonly string[] }>
> = {
  claude: { providers: ["anthropic"], tokens: ["CLAUDE_CODE_OAUTH_TOKEN"] },
  codex: { providers: ["openai"], tokens: [] },
  gemini: { providers: ["google"], tokens: [] },
  opencode: { providers: ["anthropic", "openai", "google"], tokens: [] },
  command: { providers: ["command"], tokens: [] },
};

const providerKeys: Readonly<Record<string, string>> = {
  anthropic: "ANTHROPIC_API_KEY",
  openai: "OPENAI_API_KEY",
  google: "GEMINI_API_KEY",
};

const runtimeOfProvider: Readonly<Record<(typeof wireProviders)[number], RuntimeName>> = {
  anthropic: "claude",
  openai: "codex",
};

const modelPrefixes: readonly string[] = ["anthropic", "openai", "google", "kimi"];

function isRuntime(name: string): name is RuntimeName {
  return (runtimeNames as readonly string[]).includes(name);
}

function isWireProvider(name: string): name is (typeof wireProviders)[number] {
  return (wireProviders as readonly string[]).includes(name);
}

/**
 * Checks runtime and model together.
 *
 * @throws DomainError `unknown_runtime`, `unknown_model`, and as {@link assertServes}
 */
export function identifyByRuntime(runtime: string, model: string, provider?: string): AgentIdentity {
  if (!isRuntime(runtime)) throw new DomainError({ reason: "unknown_runtime", runtime });
  const entry = runtime === "command" ? { id: model, provider: "command" } : findCatalogModel(model);
  if (entry === undefined) throw new DomainError({ reason: "unknown_model", model });
  assertServes(runtime, entry, provider);
  return { dialect: "runtime", runtime, provider: entry.provider, model };
}

/**
 * Can this runtime use a model of the catalog, for the provider that the request names, if it names one?
 *
 * @throws DomainError `runtime_cannot_serve`, `model_not_supported`, `provider_mismatch`
 */
export function assertServes(runtime: RuntimeName, entry: CatalogModel, provider = entry.provider): void {
  const served = runtimeTable[runtime].providers;
  const model = entry.id;
  const refused = [entry.provider, provider].find((name) => !served.includes(name));
  if (refused !== undefined) {
    throw new DomainError({ reason: "runtime_cannot_serve", runtime, model, provider: refused, served });
  }
  if (entry.runtimes?.includes(runtime) === false) {
    throw new DomainError({ reason: "model_not_supported", runtime, model });
  }
  if (provider !== entry.provider) {
    throw new DomainError({ reason: "provider_mismatch", prefix: entry.provider, provider });
  }
}

/**
 * Checks provider and model together; the model comes out bare.
 *
 * @throws DomainError `unknown_provider`, `provider_mismatch`, `empty_model`
 */
export function identifyByProvider(provider: string, model: string): AgentIdentity {
  const name = provider.trim();
  if (!isWireProvider(name)) throw new DomainError({ reason: "unknown_provider", provider: name });
  const trimmed = model.trim();
  const prefix = trimmed.includes("/") ? trimmed.slice(0, trimmed.indexOf("/")) : "";
  const isPrefixed = modelPrefixes.includes(prefix);
  if (isPrefixed && prefix !== name) throw new DomainError({ reason: "provider_mismatch", prefix, provider: name });
  const bare = isPrefixed ? trimmed.slice(prefix.length + 1).trim() : trimmed;
  if (bare === "") throw new DomainError({ reason: "empty_model" });
  return { dialect: "provider", runtime: runtimeOfProvider[name], provider: name, model: bare };
}

/** The dialect that a request speaks: `runtime` decides where both are given; neither leaves it open. */
export function dialectOf(request: IdentityChange | Readonly<Record<string, unknown>>): AgentDialect | null {
  const { runtime, provider } = request as { runtime?: unknown; provider?: unknown };
  if (runtime !== undefined && runtime !== null) return "runtime";
  return provider !== undefined && provider !== null ? "provider" : null;
}

/**
 * What an agent becomes when a request changes it; itself when the request says nothing of it.
 *
 * @throws DomainError as {@link identifyByRuntime} and {@link identifyByProvider}
 */
export function changeIdentity(current: AgentIdentity, change: IdentityChange): AgentIdentity {
  if (change.runtime === undefined && change.provider === undefined && change.model === undefined) return current;
  const dialect = dialectOf(change) ?? current.dialect;
  if (dialect === "provider") {
    // What a `command` agent calls its model is none that a provider has.
    const inherited = current.runtime === "command" ? "" : current.model;
    return identifyByProvider(change.provider ?? current.provider, change.model ?? inherited);
  }
  const runtime = change.runtime ?? current.runtime;
  return identifyByRuntime(runtime, change.model ?? inheritedModel(current, runtime), change.provider);
}

/** The stored model in the form of the runtime dialect. */
function inheritedModel(current: AgentIdentity, runtime: string): string {
  if (runtime === "command" && current.runtime !== "command") return "command";
  return current.dialect === "provider" ? `${current.provider}/${current.model}` : current.model;
}

/**
 * Checks once more, when a session is made, that an agent can run: what a release no longer knows may still be stored.
 *
 * @param variables every variable that the session will have; null when credentials are not asked for
 * @throws DomainError as {@link identifyByRuntime}, `unknown_provider` or `credentials_missing`
 */
export function assertRunnable(agent: AgentIdentity, variables: Readonly<Record<string, string>> | null): void {
  const { dialect, runtime, provider, model } = agent;
  if (dialect === "runtime") {
    if (!isRuntime(runtime)) throw new DomainError({ reason: "unknown_runtime", runtime });
    assertCredentials(agent, variables);
    identifyByRuntime(runtime, model);
  } else {
    if (!isWireProvider(provider)) throw new DomainError({ reason: "unknown_provider", provider });
    assertCredentials(agent, variables);
  }
}

function assertCredentials(agent: AgentIdentity, variables: Readonly<Record<string, string>> | null): void {
  if (variables === null || agent.runtime === "command" || !isRuntime(agent.runtime)) return;
  const { providers, tokens } = runtimeTable[agent.runtime];
  const keys = providers.flatMap((provider) => providerKeys[provider] ?? []);
  if ([...keys, ...tokens].some((name) => (variables[name] ?? "") !== "")) return;
  const { dialect, runtime, provider } = agent;
  throw new DomainError({ reason: "credentials_missing", dialect, runtime, provider });
}
