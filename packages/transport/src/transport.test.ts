import { AodError } from "@aod/core/errors";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { json, startServer } from "../test/support/http-server.ts";
import { TestClock } from "../test/support/test-clock.ts";
import { failureOf, platforms } from "../test/support/transports.ts";
import { apiKeyAuth, bearerAuth } from "./auth.ts";
import { AodHttpError, ConnectionError, InvalidResponseError, RequestTimeoutError } from "./errors.ts";
import { createIdempotencyKey } from "./idempotency-key.ts";
import { createTransport as createFetchTransport } from "./index.ts";

describe.each(platforms)("over %s", (_name, transportTo) => {
  describe("a request", () => {
    test("sends method, joined URL, query, headers and JSON body, and reads JSON", async () => {
      const server = await startServer(json(201, { id: 1 }, { "x-request-id": "r1" }));
      const transport = transportTo(`${server.url}/prefix/`, {
        auth: bearerAuth("aod_test"),
        userAgent: "tests/1",
        headers: { "X-All": "a" },
      });
      const response = await transport.request({
        method: "POST",
        path: "/things",
        query: { since: 42, not: undefined, text: "a&b" },
        headers: { "x-one": "1" },
        body: { name: "ü", gone: undefined, none: null },
      });
      expect(response).toMatchObject({ status: 201, body: { id: 1 } });
      expect(response.headers.get("x-request-id")).toBe("r1");
      expect(server.received).toHaveLength(1);
      expect(server.received[0]).toMatchObject({
        method: "POST",
        url: "/prefix/things?since=42&text=a%26b",
        body: '{"name":"ü","none":null}',
        headers: {
          authorization: "Bearer aod_test",
          "content-type": "application/json",
          accept: "application/json",
          "user-agent": "tests/1",
          "x-all": "a",
          "x-one": "1",
        },
      });
    });

    test("sends no body and no content type when there is none", async () => {
      const server = await startServer(json(200, {}));
      await transportTo(server.url).request({ method: "GET", path: "/" });
      expect(server.received[0]?.body).toBe("");
      expect(server.received[0]?.headers["content-type"]).toBeUndefined();
    });

    test("reads an empty answer as null", async () => {
      const server = await startServer((response) => response.writeHead(204).end());
      expect((await transportTo(server.url).request({ method: "DELETE", path: "/x" })).body).toBeNull();
    });

    test("refuses an answer that is not JSON without repeating its text", async () => {
      const server = await startServer((response) => {
        response.writeHead(200, { "content-type": "text/html" }).end("<html>aod_secretsecret</html>");
      });
      const error = await failureOf(transportTo(server.url).request({ method: "GET", path: "/x" }));
      expect(error).toBeInstanceOf(InvalidResponseError);
      expect(error).toMatchObject({
        code: "invalid_response",
        message: `GET ${server.url}/x: the answer (text/html) is not JSON`,
      });
      expect(server.received).toHaveLength(1);
    });

    test("does not follow redirects, which could take the token elsewhere", async () => {
      const elsewhere = await startServer(json(200, {}));
      const server = await startServer((response) => response.writeHead(307, { location: elsewhere.url }).end());
      const transport = transportTo(server.url, { auth: bearerAuth("aod_test") });
      const error = await failureOf(transport.request({ method: "POST", path: "/x", body: {} }));
      expect(error).toMatchObject({ name: "AodHttpError", status: 307 });
      expect(elsewhere.received).toHaveLength(0);
    });
  });

  describe("authentication", () => {
    test("sends an API key as X-API-Key", async () => {
      const server = await startServer(json(200, {}));
      await transportTo(server.url, { auth: apiKeyAuth("key-1") }).request({ method: "GET", path: "/" });
      expect(server.received[0]?.headers).toMatchObject({ "x-api-key": "key-1" });
      expect(server.received[0]?.headers.authorization).toBeUndefined();
    });

    test("asks an async provider before every attempt", async () => {
      const server = await startServer(json(503, {}), json(200, {}));
      let calls = 0;
      const transport = transportTo(server.url, { auth: bearerAuth(() => Promise.resolve(`token-${++calls}`)) });
      await transport.request({ method: "GET", path: "/" });
      expect(server.received.map(({ headers }) => headers.authorization)).toEqual(["Bearer token-1", "Bearer token-2"]);
    });

    test("passes the provider's own error on, untouched and without repeating", async () => {
      const server = await startServer(json(200, {}));
      const broken = new Error("vault is sealed");
      const auth = vi.fn(() => Promise.reject(broken));
      await expect(transportTo(server.url, { auth }).request({ method: "GET", path: "/" })).rejects.toBe(broken);
      expect(auth).toHaveBeenCalledTimes(1);
      expect(server.received).toHaveLength(0);
    });

    test("refuses a token that can't be in a header without showing it", async () => {
      const token = "aod_top a\nsecret";
      expect(() => bearerAuth(token)).toThrow(expect.objectContaining({ code: "invalid_config" }));
      const transport = transportTo("http://127.0.0.1:1", { auth: bearerAuth(() => token) });
      const error = await failureOf(transport.request({ method: "GET", path: "/" }));
      expect(error).toMatchObject({ code: "invalid_config" });
      expect((error as Error).message).not.toContain("secret");
    });

    test("refuses a header that can't be sent without showing its value", async () => {
      const request = { method: "GET", path: "/", headers: { "x-secret": "top\nsecret" } };
      const error = await failureOf(transportTo("http://127.0.0.1:1").request(request));
      expect(error).toMatchObject({ code: "invalid_config", message: expect.stringContaining("x-secret") as string });
      expect((error as Error).message).not.toContain("top");
      expect((error as Error).cause).toBeUndefined();
    });
  });

  describe("an answer outside 200 to 299", () => {
    test("becomes an error with everything that helps", async () => {
      const server = await startServer(json(409, { detail: "Session is already running" }, { "x-request-id": "r-7" }));
      const error = await failureOf(transportTo(server.url).request({ method: "POST", path: "/s/1/prompt", body: {} }));
      expect(error).toBeInstanceOf(AodHttpError);
      expect(error).toMatchObject({
        name: "AodHttpError",
        code: "conflict",
        retryable: false,
        status: 409,
        detail: "Session is already running",
        method: "POST",
        url: `${server.url}/s/1/prompt`,
        requestId: "r-7",
        attempts: 1,
        retryAfterMs: null,
        message: `POST ${server.url}/s/1/prompt -> 409: Session is already running (request r-7)`,
      });
    });

    test.each([
      ["the detail field", '{"detail":[{"type":"missing"}],"x":1}', [{ type: "missing" }]],
      ["the whole body without one", '{"error":"no"}', { error: "no" }],
      ["the text of a body that is not JSON", "Bad Gateway", "Bad Gateway"],
      ["null for an empty body", "", null],
    ])("shows %s as detail", async (_what, body, detail) => {
      const server = await startServer((response) => response.writeHead(422).end(body));
      const error = await failureOf(transportTo(server.url).request({ method: "GET", path: "/" }));
      expect(error).toMatchObject({ detail });
    });

    test("keeps the status when the body breaks off, and drops the connection", async () => {
      let closed: Promise<unknown> = Promise.resolve();
      const server = await startServer((response, _received, request) => {
        closed = new Promise((resolve) => request.socket.once("close", resolve));
        response.writeHead(409, { "content-encoding": "gzip" });
        response.write("this is no gzip");
      });
      const error = await failureOf(transportTo(server.url).request({ method: "POST", path: "/" }));
      expect(error).toMatchObject({ status: 409, detail: null });
      await closed;
    });

    test("is turned into the caller's error by toError", async () => {
      const server = await startServer(json(404, { detail: "gone", more: 1 }));
      const own = new Error("mine");
      const toError = vi.fn(() => own);
      await expect(transportTo(server.url, { toError }).request({ method: "GET", path: "/x" })).rejects.toBe(own);
      expect(toError).toHaveBeenCalledExactlyOnceWith({
        method: "GET",
        url: `${server.url}/x`,
        status: 404,
        body: { detail: "gone", more: 1 },
        requestId: null,
        retryAfterMs: null,
        attempt: 1,
      });
    });

    test("is cut in the message, not in the detail", async () => {
      const detail = "x".repeat(10_000);
      const server = await startServer(json(400, { detail }));
      const error = (await failureOf(transportTo(server.url).request({ method: "GET", path: "/" }))) as AodHttpError;
      expect(error.message.length).toBeLessThan(600);
      expect(error.detail).toBe(detail);
    });

    test("is cut to 64 Ki characters when it is a page, after its secrets were taken out", async () => {
      const page = `${"eyJaaaaaa-".repeat(500_000)} ${"x".repeat(65_517)} aod_secretsecret`;
      const server = await startServer((response) => response.writeHead(502).end(page));
      const transport = transportTo(server.url, { retry: { maxRetries: 0 } });
      const error = (await failureOf(transport.request({ method: "GET", path: "/" }))) as AodHttpError;
      expect(error.detail).toBe(`[redacted] ${"x".repeat(65_517)} [redact`);
    });
  });

  describe("secrets", () => {
    test("stay out of errors even when the server repeats them", async () => {
      const token = "custom-format-token";
      const server = await startServer((response, { headers, body }) => {
        response.writeHead(422, { "content-type": "application/json" });
        const input = JSON.parse(body) as unknown;
        response.end(
          JSON.stringify({ detail: [{ loc: ["x"], msg: `${String(headers.authorization)} and hunter2!`, input }] }),
        );
      });
      const transport = transportTo(server.url, { auth: bearerAuth(token) });
      const error = (await failureOf(
        transport.request({
          method: "POST",
          path: "/sessions",
          body: { note: "say hunter2!", secret_env_vars: { A: "abc" } },
          secrets: ["hunter2!"],
        }),
      )) as AodHttpError;
      const shown = JSON.stringify([error.message, error.detail]);
      expect(shown).not.toMatch(/custom-format-token|hunter2!|abc/);
      expect(error.detail).toEqual([
        {
          loc: ["x"],
          msg: "[redacted] and [redacted]",
          input: { note: "say [redacted]", secret_env_vars: "[redacted]" },
        },
      ]);
    });

    test("stay out of what hooks are told", async () => {
      const server = await startServer(json(200, {}));
      const onRequest = vi.fn();
      const transport = transportTo(server.url, { auth: bearerAuth("aod_test1234"), hooks: { onRequest } });
      await transport.request({ method: "GET", path: "/x", query: { access_token: "abc" } });
      expect(onRequest).toHaveBeenCalledExactlyOnceWith({
        method: "GET",
        url: `${server.url}/x?access_token=[redacted]`,
        attempt: 1,
        headers: { accept: "application/json", authorization: "[redacted]" },
      });
      expect(server.received[0]?.url).toBe("/x?access_token=abc");
    });
  });

  test("names the reason, and what to check, when no server answers", async () => {
    // A port that no system gives to anybody who asks for a free one.
    const url = "http://127.0.0.1:2";
    const error = await failureOf(transportTo(url).request({ method: "GET", path: "/agents" }));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ code: "connection_failed", retryable: true, cause: expect.any(Error) as Error });
    expect((error as Error).message).toBe(
      `GET ${url}/agents: connect ECONNREFUSED 127.0.0.1:2. Does the server run, is the address right?`,
    );
  });

  test("ignores what a hook throws", async () => {
    const server = await startServer(json(200, { ok: true }));
    const hooks = {
      onRequest: () => {
        throw new Error("log is full");
      },
    };
    expect((await transportTo(server.url, { hooks }).request({ method: "GET", path: "/" })).body).toEqual({ ok: true });
  });

  test("tells hooks about answers", async () => {
    const server = await startServer(json(200, {}, { "x-request-id": "r9" }));
    const onResponse = vi.fn();
    await transportTo(server.url, { clock: new TestClock(), hooks: { onResponse } }).request({
      method: "GET",
      path: "/x",
    });
    const url = `${server.url}/x`;
    const told = { method: "GET", url, attempt: 1, status: 200, requestId: "r9", durationMs: 0 };
    expect(onResponse).toHaveBeenCalledExactlyOnceWith(told);
  });

  test("uses the fetch that it is given", async () => {
    const fetch = vi.fn(() => Promise.resolve(Response.json({ from: "me" })));
    const transport = transportTo("http://nowhere.invalid", { fetch });
    expect((await transport.request({ method: "GET", path: "/x" })).body).toEqual({ from: "me" });
    expect(fetch).toHaveBeenCalledExactlyOnceWith(
      "http://nowhere.invalid/x",
      expect.objectContaining({ method: "GET" }),
    );
  });
});

test("leaves the User-Agent to the browser inside one", async () => {
  vi.stubGlobal("document", {});
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  const server = await startServer(json(200, {}));
  const transport = createFetchTransport({ baseUrl: server.url, userAgent: "tests/1" });
  await transport.request({ method: "GET", path: "/" });
  expect(server.received[0]?.headers["user-agent"]).not.toBe("tests/1");
});

test("makes idempotency keys of 128 random bits", () => {
  const keys = new Set(Array.from({ length: 1000 }, createIdempotencyKey));
  expect(keys.size).toBe(1000);
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
});

test("recognises its errors across copies of the package", () => {
  class AodHttpErrorOfAnotherCopy extends AodError {
    static override readonly brand: string = "AodHttpError";
  }
  expect(AodHttpError.isInstance(new AodHttpErrorOfAnotherCopy("conflict", "x"))).toBe(true);
  expect(AodHttpError.isInstance(new RequestTimeoutError(1, { method: "GET", url: "x" }))).toBe(false);
  expect(AodHttpError.isInstance(new Error("x"))).toBe(false);
});
