import fc from "fast-check";
import { expect, test } from "vitest";
import { isPassing, isRepeatable, resolveRetry, retryDelay } from "./retry.ts";

const options = resolveRetry({ baseDelayMs: 500, maxDelayMs: 8000, maxRetryAfterMs: 60_000 });

test("draws each wait from zero to a bound that doubles up to the maximum", () => {
  const bounds = [1, 2, 3, 4, 5, 6, 7].map((retry) => retryDelay(retry, null, options, () => 1));
  expect(bounds).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
  expect(retryDelay(3, null, options, () => 0)).toBe(0);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (retry, share) => {
      const delayMs = retryDelay(retry, null, options, () => share) ?? Number.NaN;
      expect(delayMs).toBeGreaterThanOrEqual(0);
      expect(delayMs).toBeLessThanOrEqual(8000);
    }),
  );
});

test("waits exactly as long as the server asks, unless that is too long", () => {
  expect(retryDelay(1, 60_000, options, () => 0.5)).toBe(60_000);
  expect(retryDelay(1, 60_001, options, () => 0.5)).toBeNull();
});

test("repeats idempotent methods, and others only with a key", () => {
  for (const method of ["GET", "PUT", "DELETE"]) expect(isRepeatable(method, undefined)).toBe(true);
  for (const method of ["POST", "PATCH"]) expect(isRepeatable(method, undefined)).toBe(false);
  expect(isRepeatable("POST", "key")).toBe(true);
});

test.each([409, 429])("takes %i for lasting unless it says when to come back", (status) => {
  expect(isPassing(status, null)).toBe(false);
  expect(isPassing(status, 0)).toBe(true);
});

test.each([
  [[408, 425, 500, 502, 503, 504], true],
  [[301, 400, 401, 403, 404, 405, 409, 422, 501], false],
])("decides that %j may pass: %s", (statuses, passing) => {
  for (const status of statuses) expect(isPassing(status, null)).toBe(passing);
});
