import { Names } from "../internal/wire.ts";
import type { WireObject } from "../internal/wire.ts";
import { withBothDialects } from "./dialects.ts";
import type { Provider, Runtime } from "./dialects.ts";

/** A skill whose `SKILL.md` is in the agent itself. */
export interface InlineSkill {
  /** Folder name: lower case, digits and dashes, at most 64 characters. */
  readonly name: string;
  /** At most 1,024 characters. */
  readonly description: string;
  /** At most 65,536 bytes of UTF-8. */
  readonly content: string;
}

/** One skill of a GitHub repository, or every skill of it when `name` is left out. */
export interface GithubSkill {
  readonly type: "github";
  /** `owner/repo`. */
  readonly source: string;
  readonly description: string;
  readonly name?: string | undefined;
}

/** Instructions that an agent reads when it needs them: in the agent itself, or in a GitHub repository. */
export type Skill = InlineSkill | GithubSkill;

/** An MCP server that is reached over HTTP. */
export interface McpServerUrl {
  /** @default "url" */
  readonly type?: "url" | undefined;
  readonly name: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** An MCP server that runs inside the sandbox. */
export interface McpServerStdio {
  readonly type: "stdio";
  readonly name: string;
  readonly command: string;
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** A server of tools for an agent, by the Model Context Protocol. */
export type McpServer = McpServerUrl | McpServerStdio;

interface AgentFields {
  readonly id: string;
  readonly type: "agent";
  readonly name: string;
  readonly description: string | null;
  /** The system prompt. */
  readonly system: string | null;
  readonly provider: Provider;
  /** `provider/model` or bare, as it was written. */
  readonly model: string;
  readonly runtime: Runtime;
  /** The argv of the `command` runtime. */
  readonly command?: readonly string[];
  readonly environmentId: string | null;
  readonly skills: readonly Skill[];
  readonly mcpServers: readonly McpServer[];
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Starts at 1 and counts real changes; `update` wants it back. */
  readonly version: number;
  /** ISO 8601, as all times. */
  readonly createdAt: string;
}

/** A reusable template: model, runtime, system prompt, skills, MCP servers. */
export interface Agent extends AgentFields {
  readonly updatedAt: string;
  /** `null` while it can be used. */
  readonly archivedAt: string | null;
}

/** An agent as one of its versions was. `id` is the agent's; `createdAt` is when the version was made. */
export type AgentVersion = AgentFields;

/** Fields of an agent that may be left out. */
interface AgentSettings {
  /** The system prompt. @default none */
  readonly system?: string | undefined;
  /** @default none */
  readonly description?: string | undefined;
  /** The environment of sessions that name no other. @default none */
  readonly environmentId?: string | null | undefined;
  /** At most 20. */
  readonly skills?: readonly Skill[] | undefined;
  /** At most 20. */
  readonly mcpServers?: readonly McpServer[] | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** A program of your own. */
interface CommandAgent {
  readonly runtime: "command";
  /** Runs with the prompt on standard input. @default ["bash"] */
  readonly command?: readonly string[] | undefined;
  readonly model?: string | undefined;
  readonly provider?: Provider | undefined;
}

/** An agent CLI, written with `runtime` and a model such as `anthropic/claude-sonnet-4-6`. */
interface RuntimeAgent {
  readonly runtime: Runtime;
  readonly model: string;
  readonly provider?: Provider | undefined;
}

/** An agent CLI, written with `provider` and a model such as `claude-sonnet-4-6`. */
interface ProviderAgent {
  readonly provider: Provider;
  readonly model: string;
  readonly runtime?: undefined;
}

/** What `agents.create` takes: a name, and `runtime` or `provider`. */
export type AgentCreateParams = AgentSettings & {
  /** At most 200 characters. */
  readonly name: string;
} & (CommandAgent | RuntimeAgent | ProviderAgent);

/** What `agents.update` takes. What is left out stays; lists are replaced whole. */
export interface AgentUpdateParams extends Omit<AgentSettings, "metadata"> {
  /** The version that the change is based on; another one ends in a {@link ConflictError}. */
  readonly version: number;
  readonly name?: string | undefined;
  readonly model?: string | undefined;
  readonly runtime?: Runtime | undefined;
  readonly provider?: Provider | undefined;
  readonly command?: readonly string[] | undefined;
  /** Merged key by key; `""` removes a key. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

const names = new Names<Agent>({
  environmentId: true,
  mcpServers: true,
  createdAt: true,
  updatedAt: true,
  archivedAt: true,
});

const missing = { description: null, system: null, environmentId: null, skills: [], mcpServers: [], metadata: {} };

export function encodeAgent(params: AgentCreateParams | AgentUpdateParams): Record<string, unknown> {
  return names.toWire(params);
}

export function decodeAgent(wire: WireObject): Agent {
  return decode(wire, { ...missing, archivedAt: null }) as Agent;
}

export function decodeAgentVersion(wire: WireObject): AgentVersion {
  return decode(wire, missing);
}

function decode(wire: WireObject, defaults: object): AgentVersion {
  return withBothDialects(names.fromWire(wire, defaults)) as unknown as AgentVersion;
}
