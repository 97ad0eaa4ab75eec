import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { hangUp, json, silence, startServer } from "../test/support/http-server.ts";
import { clientOf, failureOf } from "../test/support/test-client.ts";
import { apiKeyAuth, AodError, Client, VERSION } from "./index.ts";

beforeEach(() => {
  vi.stubEnv("AOD_API_URL", undefined);
  vi.stubEnv("AOD_API_TOKEN", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test("throws without a token, before any request", () => {
  const fetch = vi.fn();
  for (const token of [undefined, ""]) {
    expect(() => new Client({ fetch, token })).toThrow("Missing API token");
  }
  vi.stubEnv("AOD_API_TOKEN", "");
  expect(() => new Client({ fetch })).toThrow("Missing API token");
  expect(fetch).not.toHaveBeenCalled();
  try {
    new Client();
  } catch (error) {
    expect(AodError.isInstance(error) && error.code).toBe("invalid_config");
  }
});

test("falls back to environment variables, which options win over", async () => {
  const fromEnv = await startServer(json(200, { data: [] }));
  const fromOptions = await startServer(json(200, { data: [] }));
  vi.stubEnv("AOD_API_URL", fromEnv.url);
  vi.stubEnv("AOD_API_TOKEN", "aod_env");
  await using plain = new Client();
  await plain.agents.list();
  expect(fromEnv.received[0]?.headers.authorization).toBe("Bearer aod_env");
  await using explicit = new Client({ baseUrl: fromOptions.url, token: "aod_option" });
  await explicit.agents.list();
  expect(fromOptions.received[0]?.headers.authorization).toBe("Bearer aod_option");
  expect(fromEnv.received).toHaveLength(1);
});

test("goes to http://localhost:8777 when nothing says otherwise", () => {
  expect(new Client({ token: "aod_test" }).baseUrl).toBe("http://localhost:8777");
});

test("survives a runtime that forbids reading environment variables", () => {
  const env = new Proxy(
    {},
    {
      get: () => {
        throw new Error("Requires env access");
      },
    },
  );
  vi.stubGlobal("process", { env });
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  expect(new Client({ token: "aod_test" }).baseUrl).toBe("http://localhost:8777");
  expect(() => new Client()).toThrow("Missing API token");
});

test("strips trailing slashes from the base URL and keeps its path", async () => {
  const server = await startServer(json(200, { data: [] }));
  const client = clientOf({ url: `${server.url}/aod//` });
  expect(client.baseUrl).toBe(`${server.url}/aod`);
  await client.agents.list();
  expect(server.received[0]?.url).toBe("/aod/agents");
});

test("sends bearer auth and identifies itself on every request", async () => {
  const server = await startServer(json(200, { data: [] }));
  const client = clientOf(server);
  await client.agents.list();
  await client.environments.list();
  await client.sessions.list();
  await client.keys.list();
  expect(server.received).toHaveLength(4);
  for (const { headers } of server.received) {
    expect(headers).toMatchObject({ authorization: "Bearer aod_test", "user-agent": `aod-sdk-ts/${VERSION}` });
  }
});

test("asks a token function for the current token", async () => {
  const server = await startServer(json(200, { data: [] }));
  let calls = 0;
  const client = clientOf(server, { token: () => Promise.resolve(`aod_${++calls}`) });
  await client.agents.list();
  await client.agents.list();
  expect(server.received.map(({ headers }) => headers.authorization)).toEqual(["Bearer aod_1", "Bearer aod_2"]);
});

test("takes another way to authenticate instead of a token", async () => {
  const server = await startServer(json(200, { data: [] }));
  await using client = new Client({ baseUrl: server.url, auth: apiKeyAuth("aod_key") });
  await client.agents.list();
  expect(server.received[0]?.headers["x-api-key"]).toBe("aod_key");
  expect(server.received[0]?.headers.authorization).toBeUndefined();
});

test("returns the health payload, extra checks included", async () => {
  const server = await startServer(json(200, { status: "ok", checks: { database: "ok" }, uptime_s: 3 }));
  expect(await clientOf(server).health()).toEqual({ status: "ok", checks: { database: "ok" }, uptime_s: 3 });
  expect(server.received[0]).toMatchObject({ method: "GET", url: "/health" });
});

test("reports bad health at once", async () => {
  const server = await startServer(json(503, { status: "failed", checks: { database: "down" } }));
  expect(await failureOf(clientOf(server).health())).toMatchObject({
    name: "ServerError",
    detail: { status: "failed", checks: { database: "down" } },
  });
  expect(server.received).toHaveLength(1);
});

test("ends a request whose body exceeds timeoutMs", async () => {
  const server = await startServer((response) => {
    response.writeHead(200).write('{"data":');
  });
  const client = clientOf(server, { timeoutMs: 20, retry: { maxRetries: 0 } });
  expect(await failureOf(client.agents.list())).toMatchObject({
    name: "RequestTimeoutError",
    code: "timeout",
    timeoutMs: 20,
  });
});

test("takes signal, timeout and retries for a single call", async () => {
  const server = await startServer(silence);
  const client = clientOf(server);
  const reason = new Error("user left");
  expect(await failureOf(client.agents.list({ signal: AbortSignal.abort(reason) }))).toBe(reason);
  expect(server.received).toHaveLength(0);
  const timeout = { code: "timeout", timeoutMs: 5 };
  expect(await failureOf(client.agents.list({ timeoutMs: 5, maxRetries: 0 }))).toMatchObject(timeout);
});

test("repeats safe calls, and creates because they carry an idempotency key", async () => {
  const server = await startServer(json(503, {}), json(200, { data: [] }), json(503, {}), json(201, { id: "1" }));
  const client = clientOf(server);
  await client.agents.list();
  await client.environments.create({ name: "x" });
  const keys = server.received.map(({ headers }) => headers["idempotency-key"]);
  expect(keys).toEqual([undefined, undefined, expect.stringMatching(/^[0-9a-f]{32}$/), keys[2]]);
});

test("repeats no create on servers that are said to ignore idempotency keys", async () => {
  const server = await startServer(json(503, {}));
  const client = clientOf(server, { idempotencyKeys: false });
  await failureOf(client.sessions.create({ agentId: "a", prompt: "p" }));
  expect(server.received.map(({ headers }) => headers["idempotency-key"])).toEqual([undefined]);
  await failureOf(client.sessions.create({ agentId: "a", prompt: "p" }, { idempotencyKey: "job-7", maxRetries: 1 }));
  expect(server.received.slice(1).map(({ headers }) => headers["idempotency-key"])).toEqual(["job-7", "job-7"]);
});

test("does not repeat what would meet a conflict of its own making", async () => {
  const server = await startServer(json(503, {}));
  const client = clientOf(server);
  await failureOf(client.sessions.terminate("s"));
  await failureOf(client.agents.archive("a"));
  expect(server.received).toHaveLength(2);
});

test("repeats an update because it carries an idempotency key, and only then", async () => {
  const server = await startServer(
    hangUp,
    json(200, { id: "a" }),
    json(503, {}),
    json(200, { id: "e" }),
    json(503, {}),
  );
  const client = clientOf(server);
  await client.agents.update("a", { version: 1, name: "x" });
  await client.environments.update("e", { version: 1, name: "x" });
  const keys = server.received.map(({ headers }) => headers["idempotency-key"]);
  expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), keys[0], keys[2], keys[2]]);
  expect(keys[2]).not.toBe(keys[0]);
  const careful = clientOf(server, { idempotencyKeys: false });
  await failureOf(careful.agents.update("a", { version: 1, name: "x" }));
  await failureOf(careful.environments.update("e", { version: 1, name: "x" }));
  expect(server.received.slice(4).map(({ headers }) => headers["idempotency-key"])).toEqual([undefined, undefined]);
});

test("waits for a request with the same key that is still being worked on", async () => {
  const busy = { detail: "Another request with this Idempotency-Key is still being worked on" };
  const server = await startServer(hangUp, json(409, busy, { "retry-after": "0" }), json(200, { id: "a" }));
  expect(await clientOf(server).agents.update("a", { version: 1, name: "x" })).toMatchObject({ id: "a" });
  expect(server.received).toHaveLength(3);
});

test("takes a repeated delete that finds nothing for done, but not the first one", async () => {
  const gone = json(404, { detail: "Session not found" });
  const server = await startServer(hangUp, gone, gone);
  const { sessions } = clientOf(server);
  await sessions.delete("s");
  expect(server.received).toHaveLength(2);
  expect(await failureOf(sessions.delete("s"))).toMatchObject({ name: "NotFoundError", attempts: 1 });
});

test("says that it is no AoD server when the answer has another shape", async () => {
  const server = await startServer(json(200, ["no", "object"]));
  const client = clientOf(server);
  for (const call of [client.agents.list(), client.agents.get("a"), client.sessions.terminate("s")]) {
    expect(await failureOf(call)).toMatchObject({ name: "InvalidResponseError", code: "invalid_response" });
  }
});

test("refuses an id that would change the path", async () => {
  const server = await startServer(json(200, {}));
  const client = clientOf(server);
  expect(await failureOf(client.agents.get(".."))).toMatchObject({ code: "invalid_config" });
  expect(await failureOf(client.sessions.get(""))).toMatchObject({ code: "invalid_config" });
  await client.agents.get("../sessions");
  expect(server.received[0]?.url).toBe("/agents/..%2Fsessions");
});

test("exports the version that package.json has", () => {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  expect(VERSION).toBe(manifest.version);
});

test("closes with await using", async () => {
  const server = await startServer(json(200, { data: [] }));
  let outside: Client;
  {
    await using client = new Client({ baseUrl: server.url, token: "aod_test" });
    outside = client;
  }
  expect(await failureOf(outside.agents.list())).toMatchObject({ code: "aborted" });
});
