import { connect } from "node:net";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFaceApp, type FaceApp } from "../../../test/support/face-app.ts";
import { makeAgent, makeSession, must } from "../../../test/support/face-steps.ts";
import { readVersion } from "../../version.ts";
import { agentsFaceRoutes } from "./index.ts";

let face: FaceApp;
beforeAll(async () => {
  face = await createFaceApp();
});
afterAll(() => face[Symbol.asyncDispose]());

describe("GET /health", () => {
  test("is public", async () => {
    const answer = await face.send("GET", "/health", { key: false });
    expect([answer.status, answer.text]).toEqual([
      200,
      `{"status":"ok","checks":{"database":"ok","encryption":"ok","storage":"ok"},"driver":"local"}`,
    ]);
  });

  test("is 503 when a part is down, and says which", async () => {
    await using broken = await createFaceApp();
    const health = {
      status: "failed",
      checks: { database: "failed", encryption: "ok", storage: "ok" },
      driver: null,
    } as const;
    Object.assign(broken.services, { health: () => Promise.resolve(health) });
    const answer = await broken.send("GET", "/health", { key: false });
    expect([answer.status, answer.body]).toEqual([503, health]);
  });
});

test("the OpenAPI document names every route", async () => {
  const document = await readDocument();
  expect(document.openapi).toBe("3.1.0");
  for (const { method, path, describe } of agentsFaceRoutes(face.services)) {
    if (path === "/openapi.json" || describe.isListed === false) continue;
    const operation = document.paths[path.replaceAll(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()];
    expect(operation, `${method} ${path}`).toMatchObject({ summary: expect.any(String) as string });
  }
  const reference = { $ref: "#/components/schemas/SessionCreateRequest" };
  expect(document.paths["/sessions"]?.["post"]?.requestBody).toMatchObject({
    content: { "application/json": { schema: reference } },
  });
  expect(document.components.schemas["SessionCreateRequest"]).toMatchObject({
    required: ["agent_id", "prompt"],
    properties: { timeout: { type: "integer", minimum: 10, maximum: 3600 } },
  });
});

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
}

interface ApiDocument {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<"schemas" | "responses", Readonly<Record<string, object>>>>;
}

async function readDocument(): Promise<ApiDocument> {
  return (await must(face, "GET", "/openapi.json", { key: false })) as unknown as ApiDocument;
}

/** What a value refers to, by the names of the schemas. */
const referencesOf = (value: unknown) =>
  [...JSON.stringify(value).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name = ""]) => name);

describe("the OpenAPI document", () => {
  async function operations(): Promise<Record<string, Operation>> {
    const { paths, info } = await readDocument();
    expect(info.version).toBe(readVersion());
    return Object.fromEntries(
      Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation]),
      ),
    );
  }

  test("names every operation once", async () => {
    const ids = Object.values(await operations()).map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
  });

  test("says which requests may be repeated, and how each may be refused", async () => {
    const all = await operations();
    for (const route of agentsFaceRoutes(face.services)) {
      if (route.access !== "key") continue;
      const { parameters = [], responses } = all[`${route.method} ${route.path.replaceAll(/:(\w+)/g, "{$1}")}`] ?? {};
      expect(parameters.some(({ name }) => name === "Idempotency-Key")).toBe(route.isRepeatable);
      expect(Object.keys(responses ?? {})).toContain("401");
    }
    const statuses = (name: string) => Object.keys(all[name]?.responses ?? {});
    expect(statuses("PUT /agents/{id}")).toEqual("200 400 401 403 404 409 422 default".split(" "));
    expect(statuses("POST /sessions")).toEqual("202 400 401 404 409 422 429 default".split(" "));
    expect(statuses("GET /agents")).toEqual("200 401 default".split(" "));
    expect(statuses("GET /health")).toEqual("200 503 default".split(" "));
  });

  test("names each schema once, and refers to it by its name", async () => {
    const document = await readDocument();
    const { schemas, responses } = document.components;
    expect(new Set(referencesOf(document))).toEqual(new Set(Object.keys(schemas)));
    for (const [name, schema] of Object.entries(schemas)) {
      expect(JSON.stringify(document).split(JSON.stringify(schema)), name).toHaveLength(2);
    }
    for (const [path, methods] of Object.entries(document.paths)) {
      if (path === "/openapi.json") continue;
      expect(JSON.stringify(methods), path).not.toContain('"properties"');
    }
    expect(JSON.stringify(responses)).not.toContain('"properties"');
    expect(referencesOf(schemas["AgentList"])).toEqual(["Agent"]);
    expect(referencesOf(schemas["Agent"])).toEqual(["Skill", "McpServer"]);
  });

  test("describes what the fields of requests hold", async () => {
    const all = await operations();
    const { schemas } = (await readDocument()).components;
    const body = (name: string) => {
      const found = new Set<string>(referencesOf(all[name]?.requestBody));
      for (const reference of found) for (const inner of referencesOf(schemas[reference])) found.add(inner);
      return [...found].map((reference) => JSON.stringify(schemas[reference])).join("\n");
    };
    const wanted = [
      ["POST /agents", '"source"', '"headers"', '"command":{"anyOf":[{"type":"array","items":{"type":"string"}}'],
      ["PUT /agents/{id}", '"required":["version"]', '"content"'],
      ["POST /environments", '"enum":["apt","cargo","gem","go","npm","pip"]', '"allowed_hosts"'],
      ["POST /keys", '"pattern":"^agent:'],
    ] as const;
    for (const [name, ...parts] of wanted) for (const part of parts) expect(body(name)).toContain(part);
    expect(JSON.stringify([all, schemas])).not.toContain('"items":{}');
  });
});

describe("the reference", () => {
  test("is a page that anyone may read and that loads nothing from elsewhere", async () => {
    const page = await face.send("GET", "/docs", { key: false });
    expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
    const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = ""]) => address);
    expect(loaded).toEqual(["data:,", "docs/swagger-ui.css", "docs/swagger-ui-bundle.js", "docs/start.js"]);
    const types = { css: "text/css", js: "text/javascript" };
    for (const address of loaded.slice(1)) {
      const file = await face.send("GET", `/${address}`, { key: false });
      const type = types[address.split(".").at(-1) as keyof typeof types];
      expect([address, file.status, file.headers["content-type"]]).toEqual([address, 200, `${type}; charset=utf-8`]);
      expect(file.text.length).toBeGreaterThan(100);
    }
  });

  test("runs no script but this server's, and sends nothing elsewhere", async () => {
    const { headers } = await face.send("GET", "/docs", { key: false });
    const policy = String(headers["content-security-policy"]).split("; ");
    expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'", "connect-src 'self'"]));
    expect(policy.join()).not.toMatch(/https?:|\*|unsafe-eval/);
  });
});

describe("CORS", () => {
  const origin = "https://app.example";
  const ask = { origin, "access-control-request-method": "POST" };

  test("is off by default", async () => {
    const answer = await face.send("GET", "/health", { headers: { origin } });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect((await face.send("OPTIONS", "/agents", { headers: ask })).status).toBe(405);
  });

  test("answers the origins that are allowed", async () => {
    await using open = await createFaceApp({ env: { corsOrigins: [origin] } });
    const preflight = await open.send("OPTIONS", "/agents", { key: false, headers: ask });
    expect(preflight.status).toBe(204);
    expect(preflight.headers["access-control-allow-origin"]).toBe(origin);
    expect(preflight.headers["access-control-allow-headers"]).toContain("authorization");
    const failed = await open.send("GET", "/agents", { key: false, headers: { origin } });
    expect([failed.status, failed.headers["access-control-allow-origin"]]).toEqual([401, origin]);
    const other = await open.send("OPTIONS", "/agents", { headers: { ...ask, origin: "https://evil.example" } });
    expect([other.status, other.headers["access-control-allow-origin"]]).toEqual([405, undefined]);
  });

  test("can be open to all, without credentials", async () => {
    await using open = await createFaceApp({ env: { corsOrigins: ["*"] } });
    const { headers } = await open.send("GET", "/health", { headers: { origin } });
    expect(headers["access-control-allow-origin"]).toBe("*");
    expect(headers["access-control-allow-credentials"]).toBeUndefined();
  });
});

describe("faults", () => {
  test("a dead database is 503 and not the client's business, and comes back", async () => {
    await using broken = await createFaceApp();
    const { id } = await makeAgent(broken);
    const { pool } = broken.services.store;
    const real = pool.connect.bind(pool);
    const down = () => Promise.reject(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
    Object.assign(pool, { connect: down, query: down });
    const answer = await broken.send("GET", `/agents/${id}`);
    expect([answer.status, answer.text]).toEqual([503, `{"detail":"Database is not available. Try again."}`]);
    expect(answer.headers["retry-after"]).toBe("1");
    Reflect.deleteProperty(pool, "query");
    Object.assign(pool, { connect: real });
    expect((await broken.send("GET", `/agents/${id}`)).status).toBe(200);
  });

  test("what nobody expected is 500 without details, and logged without people's data", async () => {
    await using broken = await createFaceApp();
    const agent = await makeAgent(broken);
    await broken.services.store.pool.query("alter table sessions drop column runtime");
    const body = { agent_id: agent.id, prompt: "a private prompt", secret_env_vars: { A: "s3cret" } };
    const answer = await broken.send("POST", "/sessions", { body });
    expect([answer.status, answer.text]).toEqual([500, `{"detail":"Internal server error"}`]);
    const log = broken.logged.join("");
    expect(log).toContain(String(answer.headers["x-request-id"]));
    expect(log).toContain("42703");
    for (const part of ["private prompt", "s3cret", "insert into"]) expect(log).not.toContain(part);
  });

  test("a session that cannot be stopped is still over", async () => {
    await using broken = await createFaceApp();
    const { id } = await makeSession(broken);
    Object.assign(broken.services.control, { stop: () => Promise.reject(new Error("no such process")) });
    expect((await broken.send("POST", `/sessions/${id}/terminate`)).status).toBe(200);
    expect(broken.logged.join("")).toContain("could not stop a session that is over");
  });

  test("a client that breaks off within its body is no fault of the server", async () => {
    await using real = await createFaceApp();
    const isReading = new Promise<void>((resolve) => {
      real.app.addHook("preParsing", (_request, _reply, body, done) => {
        resolve();
        done(null, body);
      });
    });
    await real.app.listen({ port: 0, host: "127.0.0.1" });
    const { port } = real.app.server.address() as { port: number };
    const socket = connect(port, "127.0.0.1");
    const head = ["POST /agents HTTP/1.1", "host: x", `authorization: Bearer ${real.key}`, "content-length: 100"];
    socket.write(`${head.join("\r\n")}\r\n\r\n{"name"`);
    await isReading;
    socket.destroy();
    await expect.poll(() => real.logged.join("")).toContain("a client broke off within its request");
    expect(real.logged.filter((line) => line.includes("request failed"))).toEqual([]);
  });

  const rejected = [
    ["nonsense\r\n\r\n", "400 Bad Request"],
    [`GET / HTTP/1.1\r\nx: ${"x".repeat(100_000)}\r\n\r\n`, "431 Request Header Fields Too Large"],
  ] as const;
  test.each(rejected.map(([sent, status]) => ({ sent, status })))(
    "bytes that are no request: $status",
    async ({ sent, status }) => {
      await using real = await createFaceApp();
      await real.app.listen({ port: 0, host: "127.0.0.1" });
      const { port } = real.app.server.address() as { port: number };
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      socket.write(sent);
      const answer = await text(socket);
      expect(answer.split("\r\n")[0]).toBe(`HTTP/1.1 ${status}`);
      expect(answer).toMatch(new RegExp(`\r\n\r\n{"detail":"${status.slice(4)}"}$`));
      const requestId = /^x-request-id: ([0-9a-f-]{36})\r$/im.exec(answer)?.[1] ?? "none";
      expect(real.logged.find((line) => line.includes(requestId))).toContain(`"status":"${status}"`);
    },
  );
});
