import { AodHttpError } from "@aod/transport";
import type { HttpFailure } from "@aod/transport";

// The literal types of `code` also keep the classes apart for the compiler, which goes by structure: without them,
// `else` after `NotFoundError.isInstance(error)` would rule out every other class too.

/** 401 or 403: the token is missing, unknown, revoked or expired, or may not do this. */
export class AuthError extends AodHttpError {
  static override readonly brand: string = "AuthError";
  declare readonly code: "unauthorized" | "forbidden";
}

/** 403: the token is good but may not do this. An {@link AuthError} too. */
export class PermissionDeniedError extends AuthError {
  static override readonly brand: string = "PermissionDeniedError";
  declare readonly code: "forbidden";
}

/** 404: there is no such thing, or it belongs to someone else. */
export class NotFoundError extends AodHttpError {
  static override readonly brand: string = "NotFoundError";
  declare readonly code: "not_found";
}

/** 409: the current state does not allow this: archived, running, terminated, a version that is no longer the newest. */
export class ConflictError extends AodHttpError {
  static override readonly brand: string = "ConflictError";
  declare readonly code: "conflict";
}

/** One field that a server refused, in pydantic's form. */
export interface ValidationIssue {
  readonly type: string;
  /** Keys and indexes down to the field, with the names of the wire (`env_vars`, not `envVars`). */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  /** What was sent there; `[redacted]` where it can be a secret. */
  readonly input?: unknown;
}

/** 422: the request was understood, its values are wrong. */
export class ValidationError extends AodHttpError {
  static override readonly brand: string = "ValidationError";
  declare readonly code: "validation_failed";

  /** The fields that were refused; empty when the server sent a sentence instead, which is in `detail`. */
  get issues(): readonly ValidationIssue[] {
    return Array.isArray(this.detail) ? (this.detail as readonly ValidationIssue[]) : [];
  }
}

/** 429: a quota is used up. For sessions, terminate one that is active. */
export class RateLimitError extends AodHttpError {
  static override readonly brand: string = "RateLimitError";
  declare readonly code: "rate_limited";

  /** How many sessions may be active at once; `null` when the server does not say. */
  readonly limit: number | null;
  /** How many are active now; `null` when the server does not say. */
  readonly active: number | null;

  constructor(failure: HttpFailure) {
    super(failure);
    const { limit, active } = (failure.body ?? {}) as { limit?: unknown; active?: unknown };
    this.limit = typeof limit === "number" ? limit : null;
    this.active = typeof active === "number" ? active : null;
  }
}

/** 500 and above: the server, or something that it needs, failed. */
export class ServerError extends AodHttpError {
  static override readonly brand: string = "ServerError";
  declare readonly code: "internal" | "not_implemented" | "bad_gateway" | "unavailable" | "gateway_timeout";
}

const classes: Readonly<Record<number, new (failure: HttpFailure) => AodHttpError>> = {
  401: AuthError,
  403: PermissionDeniedError,
  404: NotFoundError,
  409: ConflictError,
  422: ValidationError,
  429: RateLimitError,
};

/** The error of an answer outside 200 to 299. */
export function toError(failure: HttpFailure): AodHttpError {
  const ErrorClass = classes[failure.status] ?? (failure.status >= 500 ? ServerError : AodHttpError);
  return new ErrorClass(failure);
}
