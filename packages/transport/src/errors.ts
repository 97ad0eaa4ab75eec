import { AodError } from "@aod/core/errors";
import type { AodErrorOptions, ErrorCode } from "@aod/core/errors";

/** A request as errors and hooks show it: without body and credentials. */
export interface RequestInfo {
  readonly method: string;
  /** The whole URL, without secrets. */
  readonly url: string;
}

/** An answer outside 200 to 299. Secrets are taken out before anyone sees it. */
export interface HttpFailure extends RequestInfo {
  readonly status: number;
  /** The body as JSON; its text where it is none, `null` where it is empty or could not be read. */
  readonly body: unknown;
  /** The `x-request-id` header. */
  readonly requestId: string | null;
  /** What `Retry-After` asks for. */
  readonly retryAfterMs: number | null;
  /** 1 when it is the answer to the first attempt. */
  readonly attempt: number;
}

const codes: Readonly<Record<number, ErrorCode>> = {
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  405: "method_not_allowed",
  409: "conflict",
  413: "payload_too_large",
  422: "validation_failed",
  429: "rate_limited",
  501: "not_implemented",
  502: "bad_gateway",
  503: "unavailable",
  504: "gateway_timeout",
};

const maxMessageDetail = 500;

/**
 * The server answered, but not with 200 to 299. Clients throw a subclass for the statuses that have a meaning of their
 * own; this class itself for the rest (redirects too: they are not followed, because they may lead a token elsewhere).
 */
export class AodHttpError extends AodError {
  static override readonly brand: string = "AodHttpError";

  /** The HTTP status. */
  readonly status: number;
  /** What the server sent as `detail`; its whole body when there is no such field. Secrets are taken out. */
  readonly detail: unknown;
  /** The request's method. */
  readonly method: string;
  /** The request's whole URL, without secrets. */
  readonly url: string;
  /** Finds the request in the server's log. */
  readonly requestId: string | null;
  /** How long the server asked to wait before the next try. */
  readonly retryAfterMs: number | null;
  /** How often the request was sent; this is the answer to the last one. */
  readonly attempts: number;

  constructor(failure: HttpFailure) {
    const { status, method, url, requestId } = failure;
    const detail = detailOf(failure.body);
    const shown = typeof detail === "string" ? detail : JSON.stringify(detail);
    const cut = shown.length > maxMessageDetail ? `${shown.slice(0, maxMessageDetail)}…` : shown;
    super(
      codes[status] ?? (status >= 500 ? "internal" : status >= 400 ? "bad_request" : "invalid_response"),
      `${method} ${url} -> ${status}: ${cut}${requestId === null ? "" : ` (request ${requestId})`}`,
      // "Timed out waiting for you" and "too early": their code says otherwise, being that of other 4xx.
      status === 408 || status === 425 ? { retryable: true } : {},
    );
    this.status = status;
    this.detail = detail;
    this.method = method;
    this.url = url;
    this.requestId = requestId;
    this.retryAfterMs = failure.retryAfterMs;
    this.attempts = failure.attempt;
  }
}

function detailOf(body: unknown): unknown {
  return typeof body === "object" && body !== null && "detail" in body ? body.detail : body;
}

/** Failures without a usable answer. */
abstract class RequestError extends AodError {
  /** The request's method. */
  readonly method: string;
  /** The request's whole URL, without secrets. */
  readonly url: string;

  constructor(code: ErrorCode, problem: string, { method, url }: RequestInfo, options?: AodErrorOptions) {
    super(code, `${method} ${url}: ${problem}`, options);
    this.method = method;
    this.url = url;
  }
}

/** The server could not be reached, or the connection broke before the whole answer was there. `cause` says how. */
export class ConnectionError extends RequestError {
  static override readonly brand: string = "ConnectionError";
  declare readonly code: "connection_failed";

  constructor(problem: string, request: RequestInfo, options?: AodErrorOptions) {
    super("connection_failed", problem, request, options);
  }
}

/** The whole answer was not there within `timeoutMs`. */
export class RequestTimeoutError extends RequestError {
  static override readonly brand: string = "RequestTimeoutError";
  declare readonly code: "timeout";

  /** The time that was allowed, in milliseconds. */
  readonly timeoutMs: number;

  constructor(timeoutMs: number, request: RequestInfo) {
    super("timeout", `no answer within ${timeoutMs} ms`, request);
    this.timeoutMs = timeoutMs;
  }
}

/** The answer has a good status but is not what was promised, for example a proxy's HTML page instead of JSON. */
export class InvalidResponseError extends RequestError {
  static override readonly brand: string = "InvalidResponseError";
  declare readonly code: "invalid_response";

  constructor(problem: string, request: RequestInfo, options?: AodErrorOptions) {
    super("invalid_response", problem, request, options);
  }
}
