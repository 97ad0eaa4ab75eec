// Each line is a promise to users; both root entries share the list.
export { apiKeyAuth, bearerAuth, type AuthProvider, type SecretSource } from "./auth.ts";
export { pathOf } from "./base-url.ts";
export type { Clock } from "./clock.ts";
export { AodHttpError, ConnectionError, InvalidResponseError, RequestTimeoutError } from "./errors.ts";
export type { HttpFailure, RequestInfo } from "./errors.ts";
export { createIdempotencyKey } from "./idempotency-key.ts";
export type {
  RequestEvent,
  ResponseEvent,
  RetryEvent,
  TransportHooks,
  TransportOptions,
  TransportRequest,
  TransportResponse,
} from "./options.ts";
export type { Fetch, FetchInit } from "./platform.ts";
export { Redactor } from "./redact.ts";
export { parseRetryAfter } from "./retry-after.ts";
export type { RetryOptions } from "./retry.ts";
export type { Transport } from "./transport.ts";
