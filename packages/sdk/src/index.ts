// Each line is a promise to users.
export { Client, type Health } from "./client.ts";
export type { ClientOptions } from "./client-options.ts";
export { VERSION } from "./version.ts";
export {
  AuthError,
  ConflictError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  ServerError,
  ValidationError,
  type ValidationIssue,
} from "./errors.ts";
export { AodError, type ErrorCode } from "@aod/core/errors";
export { StreamError, StreamIntegrityError } from "@aod/stream";
export {
  AodHttpError,
  apiKeyAuth,
  bearerAuth,
  ConnectionError,
  InvalidResponseError,
  RequestTimeoutError,
} from "@aod/transport";
export type {
  AuthProvider,
  Fetch,
  FetchInit,
  RequestEvent,
  ResponseEvent,
  RetryEvent,
  RetryOptions,
  SecretSource,
} from "@aod/transport";
export {
  isTerminalEvent,
  type ErrorEvent,
  type ExitEvent,
  type OutputEvent,
  type SessionEvent,
  type StageEvent,
  type StaleEvent,
  type StartEvent,
  type TerminalEvent,
  type TerminatedEvent,
  type TurnStartEvent,
  type UnknownEvent,
} from "./events.ts";
export type { SessionStream } from "./session-stream.ts";
export type { CreateOptions, RequestOptions } from "./request-options.ts";
export type { Agents } from "./resources/agents.ts";
export type { Environments } from "./resources/environments.ts";
export type { Keys } from "./resources/keys.ts";
export type {
  ReconnectEvent,
  RunResult,
  Sessions,
  StreamOptions,
  TurnOptions,
  WaitOptions,
} from "./resources/sessions.ts";
export type {
  Agent,
  AgentCreateParams,
  AgentUpdateParams,
  AgentVersion,
  GithubSkill,
  InlineSkill,
  McpServer,
  McpServerStdio,
  McpServerUrl,
  Skill,
} from "./models/agent.ts";
export type {
  AgentErrorEvent,
  AgentEvent,
  AgentMessageEvent,
  AgentPlanEvent,
  AgentRawEvent,
  AgentResultEvent,
  AgentRetryEvent,
  AgentSessionStartEvent,
  AgentThinkingEvent,
  AgentToolCallEvent,
  AgentToolResultEvent,
  AgentUsage,
  AgentUsageEvent,
  AgentWarningEvent,
  Verdict,
} from "./models/agent-event.ts";
export type { ApiKey, ApiKeyCreateParams, CreatedApiKey } from "./models/api-key.ts";
export type { Provider, Runtime } from "./models/dialects.ts";
export type {
  Environment,
  EnvironmentCreateParams,
  EnvironmentUpdateParams,
  EnvironmentVersion,
  Networking,
  PackageManager,
  Packages,
} from "./models/environment.ts";
export type {
  GithubRepository,
  GithubRepositoryParams,
  PromptParams,
  Session,
  SessionAck,
  SessionCreateParams,
  SessionStatus,
  SessionTurn,
  TurnResult,
  TurnStatus,
} from "./models/session.ts";
