import { AodError, type ErrorCode } from "@aod/core/errors";

/** Everything that a rule can object to, with what a text about it needs. */
export type DomainProblem =
  | { readonly reason: "agent_not_found" }
  | { readonly reason: "environment_not_found" }
  | { readonly reason: "session_not_found" }
  | { readonly reason: "api_key_not_found" }
  | { readonly reason: "version_mismatch"; readonly current: number; readonly sent: number }
  | { readonly reason: "agent_already_archived" }
  | { readonly reason: "environment_already_archived" }
  | { readonly reason: "agent_not_updatable" }
  | { readonly reason: "environment_not_updatable" }
  | { readonly reason: "environment_not_assignable" }
  | { readonly reason: "environment_name_taken"; readonly name: string }
  | { readonly reason: "environment_in_use" }
  | { readonly reason: "session_agent_archived" }
  | { readonly reason: "session_environment_archived" }
  | { readonly reason: "session_running" }
  | { readonly reason: "session_failed" }
  | { readonly reason: "session_terminated" }
  | { readonly reason: "turn_pending" }
  | { readonly reason: "sandbox_gone" }
  | { readonly reason: "session_already_terminated" }
  | { readonly reason: "no_active_turn" }
  | { readonly reason: "session_has_failed" }
  | { readonly reason: "turn_not_found" }
  | { readonly reason: "session_active" }
  | { readonly reason: "unknown_runtime"; readonly runtime: string }
  | {
      readonly reason: "credentials_missing";
      readonly dialect: string;
      readonly runtime: string;
      readonly provider: string;
    }
  | {
      readonly reason: "runtime_cannot_serve";
      readonly runtime: string;
      readonly model: string;
      readonly provider: string;
      readonly served: readonly string[];
    }
  | { readonly reason: "model_not_supported"; readonly runtime: string; readonly model: string }
  | { readonly reason: "unknown_model"; readonly model: string }
  | { readonly reason: "unknown_provider"; readonly provider: string }
  | { readonly reason: "provider_mismatch"; readonly prefix: string; readonly provider: string }
  | { readonly reason: "empty_model" }
  | { readonly reason: "quota_reached"; readonly active: number; readonly limit: number }
  | { readonly reason: "no_driver" }
  | { readonly reason: "no_driver_for_turn" }
  | { readonly reason: "api_key_already_revoked" }
  | { readonly reason: "api_key_in_use" }
  | { readonly reason: "api_key_limited" }
  | { readonly reason: "idempotency_key_reused" }
  | { readonly reason: "idempotency_key_busy" };

/** The name of a rule's objection. */
export type DomainReason = DomainProblem["reason"];

const codes: Readonly<Record<DomainReason, ErrorCode>> = {
  agent_not_found: "not_found",
  environment_not_found: "not_found",
  session_not_found: "not_found",
  api_key_not_found: "not_found",
  version_mismatch: "conflict",
  agent_already_archived: "conflict",
  environment_already_archived: "conflict",
  agent_not_updatable: "conflict",
  environment_not_updatable: "conflict",
  environment_not_assignable: "conflict",
  environment_name_taken: "conflict",
  environment_in_use: "conflict",
  session_agent_archived: "conflict",
  session_environment_archived: "conflict",
  session_running: "conflict",
  session_failed: "conflict",
  session_terminated: "conflict",
  turn_pending: "conflict",
  sandbox_gone: "conflict",
  session_already_terminated: "conflict",
  no_active_turn: "conflict",
  session_has_failed: "conflict",
  turn_not_found: "not_found",
  session_active: "conflict",
  unknown_runtime: "bad_request",
  credentials_missing: "bad_request",
  runtime_cannot_serve: "validation_failed",
  model_not_supported: "validation_failed",
  unknown_model: "validation_failed",
  unknown_provider: "validation_failed",
  provider_mismatch: "validation_failed",
  empty_model: "validation_failed",
  quota_reached: "rate_limited",
  no_driver: "unavailable",
  no_driver_for_turn: "unavailable",
  api_key_already_revoked: "conflict",
  api_key_in_use: "conflict",
  api_key_limited: "forbidden",
  idempotency_key_reused: "validation_failed",
  idempotency_key_busy: "conflict",
};

/** A rule of the domain was broken. Faces turn `problem` into their own texts; `code` decides the status. */
export class DomainError extends AodError {
  static override readonly brand = "DomainError";
  readonly problem: DomainProblem;

  constructor(problem: DomainProblem, options: { readonly cause?: unknown } = {}) {
    super(codes[problem.reason], problem.reason, options);
    this.problem = problem;
  }
}
