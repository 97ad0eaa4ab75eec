import { pythonRepr, wireProviders, wireRuntimes } from "@aod/core";
import type { DomainProblem, DomainReason } from "../../domain/domain-error.ts";

type Texts = { readonly [R in DomainReason]: (problem: Extract<DomainProblem, { reason: R }>) => string };

/** What this face says about each problem of the domain. Clients compare them: they do not change. */
const texts: Texts = {
  agent_not_found: () => "Agent not found",
  environment_not_found: () => "Environment not found",
  session_not_found: () => "Session not found",
  api_key_not_found: () => "API key not found",
  version_mismatch: ({ current, sent }) => `Version mismatch: expected ${current}, got ${sent}`,
  agent_already_archived: () => "Agent is already archived",
  environment_already_archived: () => "Environment is already archived",
  agent_not_updatable: () => "Cannot update an archived agent",
  environment_not_updatable: () => "Cannot update an archived environment",
  environment_not_assignable: () => "Cannot assign an archived environment to an agent",
  environment_name_taken: ({ name }) => `An active environment named ${pythonRepr(name)} already exists`,
  environment_in_use: () => "Cannot delete environment with existing sessions",
  session_agent_archived: () => "Cannot create session with archived agent",
  session_environment_archived: () => "Cannot create session with archived environment",
  session_running: () => "Session is already running",
  session_failed: () => "Session has failed and cannot be resumed. Start a new session.",
  session_terminated: () => "Session has been terminated",
  turn_pending: () => "Session already has a pending turn",
  sandbox_gone: () => "Session backend is no longer available; start a new session.",
  session_already_terminated: () => "Session is already terminated",
  no_active_turn: () => "Session has no active turn to interrupt",
  session_has_failed: () => "Session has failed",
  turn_not_found: () => "Turn not found",
  session_active: () => "Cannot delete an active session",
  unknown_runtime: ({ runtime }) => `Unknown runtime: ${runtime}. Must be one of: ${pythonRepr(wireRuntimes)}`,
  credentials_missing: ({ dialect, runtime, provider }) =>
    dialect === "runtime"
      ? `No API key configured for runtime: ${runtime}`
      : `No API key configured for provider: ${provider}`,
  runtime_cannot_serve: ({ runtime, model, provider, served }) =>
    `Runtime ${runtime} cannot serve model ${model}: provider ${provider} not in ${pythonRepr(served)}`,
  model_not_supported: ({ runtime, model }) => `Model ${model} not supported on runtime ${runtime}`,
  unknown_model: ({ model }) => `Unknown model: ${model}`,
  unknown_provider: ({ provider }) => `Unknown provider: ${provider}. Must be one of: ${pythonRepr(wireProviders)}`,
  provider_mismatch: ({ prefix, provider }) =>
    `Model provider prefix ${pythonRepr(prefix)} does not match provider ${pythonRepr(provider)}`,
  empty_model: () => "Model must be a non-empty string",
  quota_reached: ({ active, limit }) =>
    `Concurrent session limit reached (${active}/${limit}). Terminate an active session before starting a new one.`,
  no_driver: () => "Session backend is not configured",
  no_driver_for_turn: () => "Session backend token is not configured",
  api_key_already_revoked: () => "API key is already revoked",
  api_key_in_use: () => "Cannot revoke the API key that this request uses",
  api_key_limited: () => "This API key is limited to some agents. Use a key of the whole account.",
  idempotency_key_reused: () => "Idempotency-Key was already used for another request",
  idempotency_key_busy: () => "Another request with this Idempotency-Key is still being worked on",
};

/** The `detail` of a problem. */
export function textOf(problem: DomainProblem): string {
  const text = texts[problem.reason] as (problem: DomainProblem) => string;
  return text(problem);
}
