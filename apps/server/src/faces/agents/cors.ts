import type { IncomingHttpHeaders } from "node:http";

const preflightHeaders = {
  "access-control-allow-methods": "GET, POST, PUT, DELETE",
  "access-control-allow-headers": "authorization, content-type, idempotency-key, last-event-id, x-api-key",
  "access-control-max-age": "600",
};

const exposedHeaders = "x-request-id, idempotent-replayed, retry-after";

/**
 * The headers that let a page of another origin read an answer; empty for origins that are not allowed. Keys travel in a
 * header and never in a cookie, so credentials are not allowed.
 *
 * @param origins allowed ones; `*` stands for all
 */
export function corsHeaders(origins: readonly string[], headers: IncomingHttpHeaders): Record<string, string> {
  const { origin } = headers;
  if (origins.length === 0 || origin === undefined) return {};
  const isOpen = origins.includes("*");
  if (!isOpen && !origins.includes(origin)) return { vary: "origin" };
  return {
    "access-control-allow-origin": isOpen ? "*" : origin,
    "access-control-expose-headers": exposedHeaders,
    vary: "origin",
  };
}

/** The answer to a preflight request, or null when it is none, or its origin is not allowed. */
export function preflight(
  method: string,
  headers: IncomingHttpHeaders,
  allowed: Readonly<Record<string, string>>,
): Record<string, string> | null {
  const isPreflight = method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
  return isPreflight && "access-control-allow-origin" in allowed ? preflightHeaders : null;
}
