import type { SessionStatus } from "@aod/core";
import { DomainError } from "./domain-error.ts";

// The state machine of sessions. A finished session goes on by a prompt; a failed or
// terminated one never does.

/**
 * May this session take another prompt? A pending one passes here: only the row lock can tell (see {@link assertIdle}).
 *
 * @throws DomainError `session_running`, `session_failed`, `session_terminated`
 */
export function assertPromptable(status: SessionStatus): void {
  if (status === "running") throw new DomainError({ reason: "session_running" });
  if (status === "failed") throw new DomainError({ reason: "session_failed" });
  if (status === "terminated") throw new DomainError({ reason: "session_terminated" });
}

/**
 * Under the row lock: is no turn waiting?
 *
 * @throws DomainError as {@link assertPromptable}, and `turn_pending`
 */
export function assertIdle(status: SessionStatus): void {
  assertPromptable(status);
  if (status === "pending") throw new DomainError({ reason: "turn_pending" });
}

/** @throws DomainError `session_already_terminated` */
export function assertTerminable(status: SessionStatus): void {
  if (status === "terminated") throw new DomainError({ reason: "session_already_terminated" });
}

/**
 * Is there a turn to interrupt?
 *
 * @throws DomainError `no_active_turn`, `session_terminated`, `session_has_failed`
 */
export function assertInterruptible(status: SessionStatus): void {
  if (status === "completed") throw new DomainError({ reason: "no_active_turn" });
  if (status === "terminated") throw new DomainError({ reason: "session_terminated" });
  if (status === "failed") throw new DomainError({ reason: "session_has_failed" });
}

/** @throws DomainError `session_active` */
export function assertDeletable(status: SessionStatus): void {
  if (status === "pending" || status === "running") throw new DomainError({ reason: "session_active" });
}

/**
 * Is there room for one more pending or running session? A limit of null or 0 means the deployment's own.
 *
 * @throws DomainError `quota_reached`
 */
export function assertWithinQuota(quota: { active: number; own: number | null; fallback: number }): void {
  const limit = quota.own === null || quota.own === 0 ? quota.fallback : quota.own;
  if (quota.active >= limit) throw new DomainError({ reason: "quota_reached", active: quota.active, limit });
}
