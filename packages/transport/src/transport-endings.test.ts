import { describe, expect, test } from "vitest";
import { json, silence, startServer } from "../test/support/http-server.ts";
import { TestClock } from "../test/support/test-clock.ts";
import { failureOf, platforms } from "../test/support/transports.ts";
import { bearerAuth } from "./auth.ts";
import { RequestTimeoutError } from "./errors.ts";
import type { Transport } from "./transport.ts";

/** A signal that counts the listeners on it. */
function watchedController(): { controller: AbortController; listeners: () => number } {
  const controller = new AbortController();
  const { signal } = controller;
  const added = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<AbortSignal["addEventListener"]>) => {
    added.add(args[1]);
    // A listener for one call is gone after it.
    if (typeof args[2] === "object" && args[2].once === true) add("abort", () => added.delete(args[1]));
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<AbortSignal["removeEventListener"]>) => {
    added.delete(args[1]);
    remove(...args);
  };
  return { controller, listeners: () => added.size };
}

describe.each(platforms)("over %s", (_name, transportTo) => {
  describe("time limits", () => {
    test("end an attempt whose head does not come", async () => {
      const server = await startServer(silence);
      const clock = new TestClock();
      const transport = transportTo(server.url, { clock, timeoutMs: 1000, retry: { maxRetries: 0 } });
      const failure = failureOf(transport.request({ method: "GET", path: "/slow" }));
      await server.arrived(1);
      clock.advance(1000);
      const error = await failure;
      expect(error).toBeInstanceOf(RequestTimeoutError);
      expect(error).toMatchObject({
        code: "timeout",
        timeoutMs: 1000,
        message: `GET ${server.url}/slow: no answer within 1000 ms`,
      });
    });

    test("end an attempt whose body does not end", async () => {
      const server = await startServer((response) => {
        response.writeHead(200).write('{"half":');
      });
      const clock = new TestClock();
      const head = Promise.withResolvers<unknown>();
      const options = { clock, timeoutMs: 1000, retry: { maxRetries: 0 }, hooks: { onResponse: head.resolve } };
      const failure = failureOf(transportTo(server.url, options).request({ method: "GET", path: "/" }));
      await head.promise;
      clock.advance(1000);
      expect(await failure).toBeInstanceOf(RequestTimeoutError);
    });

    test("end an attempt whose credentials do not come", async () => {
      const clock = new TestClock();
      const auth = bearerAuth(() => new Promise<string>(() => undefined));
      const transport = transportTo("http://127.0.0.1:1", { clock, auth, timeoutMs: 5, retry: { maxRetries: 0 } });
      const failure = failureOf(transport.request({ method: "GET", path: "/" }));
      clock.advance(5);
      expect(await failure).toBeInstanceOf(RequestTimeoutError);
    });

    test("leave no timer behind", async () => {
      const server = await startServer(json(200, {}), json(400, {}));
      const clock = new TestClock();
      const transport = transportTo(server.url, { clock });
      await transport.request({ method: "GET", path: "/" });
      await failureOf(transport.request({ method: "GET", path: "/" }));
      expect(clock.pending).toEqual([]);
    });
  });

  describe("a caller's abort", () => {
    const reason = new Error("user left");

    test.each(["before sending", "waiting for the head", "reading the body"])(
      "is thrown untouched while %s, and leaves no listener behind",
      async (phase) => {
        const reading = phase === "reading the body";
        const server = await startServer(reading ? (response) => response.writeHead(200).write("{") : silence);
        const { controller, listeners } = watchedController();
        const head = Promise.withResolvers<unknown>();
        const transport = transportTo(server.url, { hooks: { onResponse: head.resolve } });
        if (phase === "before sending") controller.abort(reason);
        const failure = failureOf(transport.request({ method: "GET", path: "/", signal: controller.signal }));
        if (phase === "waiting for the head") await server.arrived(1);
        if (reading) await head.promise;
        controller.abort(reason);
        expect(await failure).toBe(reason);
        expect(listeners()).toBe(0);
        expect(server.received).toHaveLength(phase === "before sending" ? 0 : 1);
      },
    );

    test("ends the wait between attempts", async () => {
      const server = await startServer(json(503, {}));
      const { controller, listeners } = watchedController();
      const clock = new TestClock();
      const transport = transportTo(server.url, { clock, random: () => 1, retry: { baseDelayMs: 777 } });
      const failure = failureOf(transport.request({ method: "GET", path: "/", signal: controller.signal }));
      await clock.timer(777);
      controller.abort(reason);
      expect(await failure).toBe(reason);
      expect(listeners()).toBe(0);
      expect(clock.pending).toEqual([]);
    });

    test("that never comes leaves no listener behind either", async () => {
      const server = await startServer(json(200, {}), json(404, {}));
      const { controller, listeners } = watchedController();
      const transport = transportTo(server.url);
      await transport.request({ method: "GET", path: "/", signal: controller.signal });
      await failureOf(transport.request({ method: "GET", path: "/", signal: controller.signal }));
      expect(listeners()).toBe(0);
    });
  });

  describe("a streamed answer", () => {
    test("is returned with its head and has no time limit after it", async () => {
      let finish: () => void = () => undefined;
      const server = await startServer((response) => {
        response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
        finish = () => response.end("data: 2\n\n");
      });
      const clock = new TestClock();
      const transport = transportTo(server.url, { clock, timeoutMs: 1000 });
      const response = await transport.stream({ method: "GET", path: "/s", headers: { accept: "text/event-stream" } });
      expect(clock.pending).toEqual([]);
      clock.advance(3_600_000);
      finish();
      expect(await response.text()).toBe("data: 1\n\ndata: 2\n\n");
      expect(server.received[0]?.headers.accept).toBe("text/event-stream");
    });

    test("that is an error is thrown as one", async () => {
      const server = await startServer(json(404, { detail: "Session not found" }));
      const error = await failureOf(transportTo(server.url).stream({ method: "GET", path: "/s" }));
      expect(error).toMatchObject({ status: 404, detail: "Session not found" });
    });

    test("ends when the caller's signal ends, also long after its head", async () => {
      let closed: Promise<unknown> = Promise.resolve();
      const server = await startServer((response, _received, request) => {
        closed = new Promise((resolve) => request.socket.once("close", resolve));
        response.writeHead(200).write("data: 1\n\n");
      });
      const controller = new AbortController();
      const { signal } = controller;
      const response = await transportTo(server.url).stream({ method: "GET", path: "/s", signal });
      const reason = new Error("enough");
      controller.abort(reason);
      await expect(response.text()).rejects.toBe(reason);
      await closed;
    });
  });

  describe("closing", () => {
    test("ends what is under way and refuses what comes later", async () => {
      const server = await startServer(silence);
      const transport = transportTo(server.url);
      const failure = failureOf(transport.request({ method: "GET", path: "/" }));
      await server.arrived(1);
      await transport.close();
      expect(await failure).toMatchObject({ code: "aborted" });
      expect(await failureOf(transport.request({ method: "GET", path: "/" }))).toMatchObject({ code: "aborted" });
      expect(server.received).toHaveLength(1);
    });

    test("ends the wait between attempts", async () => {
      const server = await startServer(json(503, {}));
      const clock = new TestClock();
      const transport = transportTo(server.url, { clock, random: () => 1, retry: { baseDelayMs: 777 } });
      const failure = failureOf(transport.request({ method: "GET", path: "/" }));
      await clock.timer(777);
      await transport.close();
      expect(await failure).toMatchObject({ code: "aborted" });
      expect(clock.pending).toEqual([]);
    });

    test("happens by itself with await using", async () => {
      const server = await startServer(json(200, {}));
      let outside: Transport;
      {
        await using transport = transportTo(server.url);
        await transport.request({ method: "GET", path: "/" });
        outside = transport;
      }
      await expect(outside.request({ method: "GET", path: "/" })).rejects.toMatchObject({ code: "aborted" });
    });
  });
});
