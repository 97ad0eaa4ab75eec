const maxDelayMs = 2 ** 31 - 1; // what a timer can hold

/**
 * How long a response asks to wait, in milliseconds; `null` when it does not say or says nonsense.
 *
 * Reads `Retry-After` in its legal forms (RFC 9110 section 10.2.3: seconds, or an HTTP date in any of the three formats
 * of section 5.6.7), fractions of a second as some servers send them, and the common `Retry-After-Ms`.
 */
export function parseRetryAfter(headers: Headers, nowMs: number): number | null {
  const precise = decimal(headers.get("retry-after-ms"));
  if (precise !== null) return Math.min(Math.ceil(precise), maxDelayMs);
  const value = headers.get("retry-after")?.trim();
  if (value === undefined || value === "") return null;
  const seconds = decimal(value);
  if (seconds !== null) return Math.min(Math.ceil(seconds * 1000), maxDelayMs);
  // Letters first: Date.parse would take a bare "-1" or "2024-01-01" for a date.
  if (!/^[A-Za-z]{3,9},? /.test(value)) return null;
  // asctime carries no zone and means GMT; Date.parse would take it for local time.
  const date = Date.parse(/(GMT|UTC|Z|[+-]\d{4})$/.test(value) ? value : `${value} GMT`);
  return Number.isNaN(date) ? null : Math.min(Math.max(date - nowMs, 0), maxDelayMs);
}

function decimal(value: string | null): number | null {
  return value !== null && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : null;
}
