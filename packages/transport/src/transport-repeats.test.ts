import { gzipSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import { hangUp, json, startServer } from "../test/support/http-server.ts";
import { TestClock } from "../test/support/test-clock.ts";
import { failureOf, platforms } from "../test/support/transports.ts";
import { ConnectionError } from "./errors.ts";
import { createIdempotencyKey } from "./idempotency-key.ts";
import type { RetryEvent } from "./options.ts";

describe.each(platforms)("over %s", (_name, transportTo) => {
  describe("repeating", () => {
    test.each([408, 425, 500, 502, 503, 504])("repeats a GET after %i until it works", async (status) => {
      const server = await startServer(json(status, {}), json(status, {}), json(200, { ok: true }));
      const response = await transportTo(server.url).request({ method: "GET", path: "/" });
      expect(response.body).toEqual({ ok: true });
      expect(server.received).toHaveLength(3);
    });

    test("gives up after maxRetries with the last error", async () => {
      const server = await startServer(json(503, { detail: "one" }), json(502, { detail: "two" }));
      const transport = transportTo(server.url, { retry: { maxRetries: 1, baseDelayMs: 0 } });
      await expect(transport.request({ method: "GET", path: "/" })).rejects.toMatchObject({
        status: 502,
        detail: "two",
        attempts: 2,
      });
      expect(server.received).toHaveLength(2);
    });

    test("repeats a POST only with an idempotency key, and with the same one", async () => {
      const server = await startServer(hangUp, json(503, {}), json(201, {}));
      const transport = transportTo(server.url);
      await expect(transport.request({ method: "POST", path: "/" })).rejects.toBeInstanceOf(ConnectionError);
      expect(server.received).toHaveLength(1);
      const idempotencyKey = createIdempotencyKey();
      await transport.request({ method: "POST", path: "/", idempotencyKey });
      const keys = server.received.map(({ headers }) => headers["idempotency-key"]);
      expect(keys).toEqual([undefined, idempotencyKey, idempotencyKey]);
    });

    test("repeats after a broken connection and after a truncated gzip body", async () => {
      const server = await startServer(
        hangUp,
        (response) => {
          const whole = gzipSync(JSON.stringify({ text: "long enough to be cut in half" }));
          response.writeHead(200, { "content-encoding": "gzip", "content-length": whole.length });
          response.write(whole.subarray(0, 20), () => response.destroy());
        },
        json(200, { ok: true }),
      );
      expect((await transportTo(server.url).request({ method: "GET", path: "/" })).body).toEqual({ ok: true });
      expect(server.received).toHaveLength(3);
    });

    test("does not repeat what another try can't change", async () => {
      for (const status of [400, 401, 403, 404, 405, 409, 422, 429, 501]) {
        const server = await startServer(json(status, {}));
        await failureOf(transportTo(server.url).request({ method: "GET", path: "/" }));
        expect(server.received).toHaveLength(1);
      }
    });

    test.each([409, 429])("waits as long as Retry-After says, also for %i", async (status) => {
      const server = await startServer(json(status, {}, { "retry-after": "7" }), json(200, {}));
      const clock = new TestClock();
      const onRetry = vi.fn();
      const transport = transportTo(server.url, { clock, hooks: { onRetry } });
      const done = transport.request({ method: "GET", path: "/" });
      await clock.timer(7000);
      expect(server.received).toHaveLength(1);
      clock.advance(7000);
      await done;
      expect(server.received).toHaveLength(2);
      const [told] = onRetry.mock.calls[0] as [RetryEvent];
      expect(told).toMatchObject({ method: "GET", attempt: 1, delayMs: 7000, error: { status } });
    });

    test("throws at once when Retry-After is longer than the caller is ready to wait", async () => {
      const server = await startServer(json(503, {}, { "retry-after": "3600" }));
      const error = await failureOf(transportTo(server.url).request({ method: "GET", path: "/" }));
      expect(error).toMatchObject({ status: 503, retryAfterMs: 3_600_000 });
      expect(server.received).toHaveLength(1);
    });

    test("draws its waits with full jitter", async () => {
      const server = await startServer(json(503, {}), json(503, {}), json(200, {}));
      const clock = new TestClock();
      const transport = transportTo(server.url, { clock, random: () => 0.5, retry: { baseDelayMs: 400 } });
      const done = transport.request({ method: "GET", path: "/" });
      for (const delayMs of [200, 400]) {
        await clock.timer(delayMs);
        clock.advance(delayMs);
      }
      await done;
      expect(server.received).toHaveLength(3);
    });
  });
});
