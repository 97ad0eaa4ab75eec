// Type tests: checked by `tsc`, never run.
import type * as wire from "@aod/core";
import { expectTypeOf } from "vitest";
import type {
  Agent,
  AgentCreateParams,
  AgentEvent,
  AgentUpdateParams,
  AgentUsage,
  AgentVersion,
  ApiKey,
  ApiKeyCreateParams,
  Client,
  CreatedApiKey,
  Environment,
  EnvironmentCreateParams,
  EnvironmentUpdateParams,
  EnvironmentVersion,
  GithubRepository,
  PromptParams,
  RunResult,
  Session,
  SessionAck,
  SessionCreateParams,
  SessionEvent,
  SessionStatus,
  SessionTurn,
  TurnStatus,
  Verdict,
} from "./index.ts";

type Snake<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${Snake<Tail>}`
  : Name;

/** The keys that are written down: without index signatures, and of every member of a union. */
type KeysOf<T> = T extends unknown ? keyof { [K in keyof T as string extends K ? never : K]: T[K] } : never;
type WireKeysOf<T> = Snake<KeysOf<T> & string>;

// Every field that the schemas of the wire know has its counterpart here, and none has one that they don't know.
expectTypeOf<WireKeysOf<Agent>>().toEqualTypeOf<KeysOf<wire.Agent>>();
expectTypeOf<WireKeysOf<AgentVersion>>().toEqualTypeOf<KeysOf<wire.AgentVersion>>();
expectTypeOf<WireKeysOf<AgentCreateParams>>().toEqualTypeOf<KeysOf<wire.AgentCreateRequest>>();
expectTypeOf<WireKeysOf<AgentUpdateParams>>().toEqualTypeOf<KeysOf<wire.AgentUpdateRequest>>();
expectTypeOf<WireKeysOf<Environment>>().toEqualTypeOf<KeysOf<wire.Environment>>();
expectTypeOf<WireKeysOf<EnvironmentVersion>>().toEqualTypeOf<KeysOf<wire.EnvironmentVersion>>();
expectTypeOf<WireKeysOf<EnvironmentCreateParams>>().toEqualTypeOf<KeysOf<wire.EnvironmentCreateRequest>>();
expectTypeOf<WireKeysOf<EnvironmentUpdateParams>>().toEqualTypeOf<KeysOf<wire.EnvironmentUpdateRequest>>();
expectTypeOf<WireKeysOf<Session>>().toEqualTypeOf<KeysOf<wire.Session>>();
expectTypeOf<WireKeysOf<SessionAck>>().toEqualTypeOf<KeysOf<wire.SessionCreateAck>>();
expectTypeOf<WireKeysOf<SessionTurn>>().toEqualTypeOf<KeysOf<wire.SessionTurn>>();
expectTypeOf<WireKeysOf<SessionCreateParams>>().toEqualTypeOf<KeysOf<wire.SessionCreateRequest>>();
expectTypeOf<WireKeysOf<PromptParams>>().toEqualTypeOf<KeysOf<wire.PromptRequest>>();
expectTypeOf<WireKeysOf<GithubRepository>>().toEqualTypeOf<KeysOf<wire.Resource>>();
expectTypeOf<WireKeysOf<ApiKey>>().toEqualTypeOf<KeysOf<wire.ApiKey>>();
expectTypeOf<WireKeysOf<CreatedApiKey>>().toEqualTypeOf<KeysOf<wire.CreatedApiKey>>();
expectTypeOf<WireKeysOf<ApiKeyCreateParams>>().toEqualTypeOf<KeysOf<wire.ApiKeyCreateRequest>>();
expectTypeOf<SessionStatus>().toEqualTypeOf<wire.SessionStatus>();
expectTypeOf<TurnStatus>().toEqualTypeOf<wire.TurnStatus>();

// The same for events, one by one.
type Ours<Type extends string> = Extract<SessionEvent, { readonly type: Type }>;
type Theirs<Type extends string> = Extract<wire.SessionEvent, { readonly type: Type }>;
expectTypeOf<Exclude<SessionEvent["type"], "unknown">>().toEqualTypeOf<wire.SessionEventType>();
expectTypeOf<WireKeysOf<Ours<"start">>>().toEqualTypeOf<KeysOf<Theirs<"start">>>();
expectTypeOf<WireKeysOf<Ours<"stage">>>().toEqualTypeOf<KeysOf<Theirs<"stage">>>();
expectTypeOf<WireKeysOf<Ours<"turn_start">>>().toEqualTypeOf<KeysOf<Theirs<"turn_start">>>();
expectTypeOf<WireKeysOf<Ours<"output">>>().toEqualTypeOf<KeysOf<Theirs<"output">>>();
expectTypeOf<WireKeysOf<Ours<"exit">>>().toEqualTypeOf<KeysOf<Theirs<"exit">>>();
expectTypeOf<WireKeysOf<Ours<"error">>>().toEqualTypeOf<KeysOf<Theirs<"error">>>();
expectTypeOf<WireKeysOf<Ours<"terminated">>>().toEqualTypeOf<KeysOf<Theirs<"terminated">>>();
expectTypeOf<WireKeysOf<Ours<"stale">>>().toEqualTypeOf<KeysOf<Theirs<"stale">>>();

// And for what agents do.
type OurAgent<Type extends string> = Extract<AgentEvent, { readonly type: Type }>;
type TheirAgent<Type extends string> = Extract<wire.StoredAgentEvent, { readonly type: Type }>;
expectTypeOf<AgentEvent["type"]>().toEqualTypeOf<wire.AgentEventType>();
expectTypeOf<WireKeysOf<AgentUsage>>().toEqualTypeOf<KeysOf<wire.AgentUsage>>();
expectTypeOf<Verdict>().toEqualTypeOf<wire.AgentResult["verdict"]>();
expectTypeOf<WireKeysOf<OurAgent<"session_start">>>().toEqualTypeOf<KeysOf<TheirAgent<"session_start">>>();
expectTypeOf<WireKeysOf<OurAgent<"message">>>().toEqualTypeOf<KeysOf<TheirAgent<"message">>>();
expectTypeOf<WireKeysOf<OurAgent<"thinking">>>().toEqualTypeOf<KeysOf<TheirAgent<"thinking">>>();
expectTypeOf<WireKeysOf<OurAgent<"tool_call">>>().toEqualTypeOf<KeysOf<TheirAgent<"tool_call">>>();
expectTypeOf<OurAgent<"tool_call">["kind"]>().toEqualTypeOf<TheirAgent<"tool_call">["kind"]>();
expectTypeOf<WireKeysOf<OurAgent<"tool_result">>>().toEqualTypeOf<KeysOf<TheirAgent<"tool_result">>>();
expectTypeOf<WireKeysOf<OurAgent<"plan">>>().toEqualTypeOf<KeysOf<TheirAgent<"plan">>>();
expectTypeOf<WireKeysOf<OurAgent<"usage">>>().toEqualTypeOf<KeysOf<TheirAgent<"usage">>>();
expectTypeOf<WireKeysOf<OurAgent<"retry">>>().toEqualTypeOf<KeysOf<TheirAgent<"retry">>>();
expectTypeOf<WireKeysOf<OurAgent<"warning">>>().toEqualTypeOf<KeysOf<TheirAgent<"warning">>>();
expectTypeOf<WireKeysOf<OurAgent<"error">>>().toEqualTypeOf<KeysOf<TheirAgent<"error">>>();
expectTypeOf<WireKeysOf<OurAgent<"result">>>().toEqualTypeOf<KeysOf<TheirAgent<"result">>>();
expectTypeOf<WireKeysOf<OurAgent<"raw">>>().toEqualTypeOf<KeysOf<TheirAgent<"raw">>>();

// An agent needs runtime or provider, and a model unless it is a program of one's own.
expectTypeOf<{ name: string; runtime: "claude"; model: string }>().toExtend<AgentCreateParams>();
expectTypeOf<{ name: string; provider: "openai"; model: string }>().toExtend<AgentCreateParams>();
expectTypeOf<{ name: string; runtime: "codex"; provider: "openai"; model: string }>().toExtend<AgentCreateParams>();
expectTypeOf<{ name: string; runtime: "command"; command: string[] }>().toExtend<AgentCreateParams>();
expectTypeOf<{ name: string; runtime: "claude" }>().not.toExtend<AgentCreateParams>();
expectTypeOf<{ name: string; model: string }>().not.toExtend<AgentCreateParams>();

// Optional fields take undefined, those that can be cleared take null.
expectTypeOf<{ version: number; name: undefined; environmentId: null }>().toExtend<AgentUpdateParams>();
expectTypeOf<{ version: number; name: null }>().not.toExtend<AgentUpdateParams>();
expectTypeOf<{ name: string }>().not.toExtend<AgentUpdateParams>();

// Every call can be ended from outside.
type Signalled = { signal: AbortSignal };
expectTypeOf<[Signalled]>().toExtend<Parameters<Client["health"]>>();
expectTypeOf<[Signalled]>().toExtend<Parameters<Client["agents"]["list"]>>();
expectTypeOf<[string, { version: number }, Signalled]>().toExtend<Parameters<Client["agents"]["update"]>>();
expectTypeOf<[string, Signalled]>().toExtend<Parameters<Client["environments"]["delete"]>>();
expectTypeOf<[string, Signalled]>().toExtend<Parameters<Client["sessions"]["stream"]>>();
expectTypeOf<[string, Signalled]>().toExtend<Parameters<Client["sessions"]["wait"]>>();
expectTypeOf<[string, Signalled]>().toExtend<Parameters<Client["keys"]["delete"]>>();

expectTypeOf<Client["sessions"]["run"]>().returns.resolves.toEqualTypeOf<RunResult>();
expectTypeOf<Client["sessions"]["stream"]>().returns.toExtend<AsyncIterable<SessionEvent> & AsyncDisposable>();
expectTypeOf<Client>().toExtend<AsyncDisposable>();
