import { isWireObject, Names } from "../internal/wire.ts";
import type { WireObject } from "../internal/wire.ts";
import { withUsage } from "./agent-event.ts";
import type { AgentUsage, Verdict } from "./agent-event.ts";
import { withBothDialects } from "./dialects.ts";
import type { Provider, Runtime } from "./dialects.ts";

/** `completed`: the last turn is over, the next prompt can come. `failed` and `terminated` are for good. */
export type SessionStatus = "pending" | "running" | "completed" | "failed" | "terminated";

/** Where a turn is; whether it went well, its verdict and exit code say. */
export type TurnStatus = "pending" | "running" | "completed" | "failed";

/** A repository that was cloned for a session. Its token is never returned. */
export interface GithubRepository {
  readonly type: "github_repository";
  readonly url: string;
  /** Where it is, absolute. */
  readonly mountPath: string;
}

/** A repository to clone for a session. */
export interface GithubRepositoryParams {
  readonly type: "github_repository";
  /** `https://github.com/<owner>/<repo>`, with or without `.git`. */
  readonly url: string;
  /** Absolute. @default `/workspace/<repo>` */
  readonly mountPath?: string | null | undefined;
  /** For private repositories; stored sealed, never returned. */
  readonly authorizationToken?: string | null | undefined;
}

/** A conversation of one agent in one sandbox. */
export interface Session {
  readonly id: string;
  /** `null` when the agent is gone. */
  readonly agentId: string | null;
  readonly environmentId: string | null;
  readonly runtime: Runtime;
  readonly provider: Provider;
  readonly status: SessionStatus;
  /** Of the last turn; `null` before its end, and when it failed before a program could end. */
  readonly exitCode: number | null;
  /** ISO 8601, as all times. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly resources: readonly GithubRepository[];
  readonly turnCount: number;
  readonly currentTurn: number | null;
  /** What made the sandbox; only on servers that say. */
  readonly driver?: string;
  /** How far the sandbox is kept apart from its machine; `none` means not at all. Only on servers that say. */
  readonly isolation?: string;
}

/** The short answer to create, prompt and terminate; `sessions.get` has the rest. Only `id` and `status` are certain. */
export interface SessionAck {
  readonly id: string;
  readonly status: SessionStatus;
  /** Relative to the server. */
  readonly streamUrl: string | null;
  readonly environmentId: string | null;
  readonly resources: readonly GithubRepository[];
  readonly currentTurn: number | null;
}

/** What a turn came to. From `verdict` on, `null` until it is over, and on servers that do not say. */
export interface TurnResult {
  /** Starts at 1. */
  readonly turnNumber: number;
  readonly status: TurnStatus;
  /** 130 when it was interrupted. */
  readonly exitCode: number | null;
  readonly verdict: Verdict | null;
  /** The agent's final answer. */
  readonly text: string | null;
  readonly usage: AgentUsage | null;
  /** US dollars, where the agent says. */
  readonly costUsd: number | null;
  /** What the agent says that it used, else what it was asked to; there from the beginning. */
  readonly model: string | null;
  readonly toolCalls: number | null;
  /** In the order of first use. */
  readonly tools: readonly { readonly name: string; readonly calls: number }[] | null;
}

/** One prompt and what became of it. */
export interface SessionTurn extends TurnResult {
  readonly prompt: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

/** What `sessions.create` and `sessions.run` take. */
export interface SessionCreateParams {
  readonly agentId: string;
  readonly prompt: string;
  /** Seconds for the turn, 10 to 3600. @default 600 */
  readonly timeout?: number | undefined;
  /** Instead of the agent's own; `null` keeps the agent's. */
  readonly environmentId?: string | null | undefined;
  /** At most 10. */
  readonly resources?: readonly GithubRepositoryParams[] | undefined;
  /** Environment variables of this session only, such as a model provider's key; stored sealed, never returned. */
  readonly secretEnvVars?: Readonly<Record<string, string>> | undefined;
}

/** What `sessions.prompt` takes. */
export interface PromptParams {
  readonly prompt: string;
  /** Seconds for the turn, 10 to 3600; not inherited from the turn before. @default 600 */
  readonly timeout?: number | undefined;
}

const names = new Names<Session & SessionCreateParams & SessionAck>({
  agentId: true,
  environmentId: true,
  secretEnvVars: true,
  streamUrl: true,
  exitCode: true,
  createdAt: true,
  updatedAt: true,
  turnCount: true,
  currentTurn: true,
});

const resourceNames = new Names<GithubRepositoryParams>({
  mountPath: true,
  authorizationToken: true,
});

const turnNames = new Names<SessionTurn>({
  turnNumber: true,
  exitCode: true,
  createdAt: true,
  startedAt: true,
  endedAt: true,
  costUsd: true,
  toolCalls: true,
});

export function encodeSessionCreate(params: SessionCreateParams): Record<string, unknown> {
  const resources = params.resources?.map((resource) => resourceNames.toWire(resource));
  return names.toWire({ ...params, resources });
}

export function decodeSession(wire: WireObject): Session {
  const missing = { agentId: null, environmentId: null, exitCode: null, turnCount: 0, currentTurn: null };
  return withBothDialects(decodeFields(wire, missing)) as unknown as Session;
}

export function decodeSessionAck(wire: WireObject): SessionAck {
  const missing = { streamUrl: null, environmentId: null, currentTurn: null };
  return decodeFields(wire, missing) as unknown as SessionAck;
}

export function decodeSessionTurn(wire: WireObject): SessionTurn {
  const missing = {
    exitCode: null,
    startedAt: null,
    endedAt: null,
    verdict: null,
    text: null,
    usage: null,
    costUsd: null,
    model: null,
    toolCalls: null,
    tools: null,
  };
  return withUsage(turnNames.fromWire(wire, missing)) as unknown as SessionTurn;
}

function decodeFields(wire: WireObject, missing: object): Record<string, unknown> {
  const fields = names.fromWire(wire, missing);
  const { resources } = fields;
  const list: readonly unknown[] = Array.isArray(resources) ? resources : [];
  fields["resources"] = list.map((item) => (isWireObject(item) ? resourceNames.fromWire(item) : item));
  return fields;
}
