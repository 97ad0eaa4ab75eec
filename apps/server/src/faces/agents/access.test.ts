import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFaceApp, type FaceApp } from "../../../test/support/face-app.ts";
import {
  makeAgent,
  makeEnvironment,
  makeSession,
  must,
  pathFor,
  runtimeAgent,
  setSession,
  unknownId,
  type Json,
} from "../../../test/support/face-steps.ts";
import { agentsFaceRoutes } from "./index.ts";

let face: FaceApp;
beforeAll(async () => {
  face = await createFaceApp();
});
afterAll(() => face[Symbol.asyncDispose]());

const keyedRoutes = () => agentsFaceRoutes(face.services).filter(({ access }) => access === "key");
const newKey = (body: object = {}) => must(face, "POST", "/keys", { body: { name: "x", ...body } });
const list = (headers: Record<string, string>) => face.send("GET", "/agents", { key: false, headers });

describe("keys", () => {
  test("every route but the public ones asks for one", async () => {
    for (const { method, path } of keyedRoutes()) {
      const answer = await face.send(method, pathFor(path, unknownId), { key: false });
      expect([path, answer.status, answer.text]).toEqual([
        path,
        401,
        `{"detail":"Missing or invalid Authorization header"}`,
      ]);
      expect(answer.headers["www-authenticate"]).toBe("Bearer");
    }
    const open = agentsFaceRoutes(face.services).filter(({ access }) => access === "public");
    expect(open.map(({ path }) => path)).toEqual([
      "/health",
      "/docs",
      "/docs/start.js",
      "/docs/swagger-ui-bundle.js",
      "/docs/swagger-ui.css",
      "/openapi.json",
    ]);
  });

  test.each(["Basic YTpi", "Bearer", "Bearer ", "Bearer a b", "aod_x"])("%j is no authorization", async (value) => {
    const answer = await list({ authorization: value });
    expect([answer.status, answer.text]).toEqual([401, `{"detail":"Missing or invalid Authorization header"}`]);
  });

  test("an unknown one is refused", async () => {
    for (const headers of [{ authorization: "Bearer aod_nope" }, { "x-api-key": "aod_nope" }]) {
      const answer = await list(headers);
      expect([answer.status, answer.text]).toEqual([401, `{"detail":"Invalid API key"}`]);
    }
  });

  test("comes as a bearer token or in X-API-Key", async () => {
    expect((await list({ authorization: `bearer ${face.key}` })).status).toBe(200);
    expect((await list({ "x-api-key": face.key })).status).toBe(200);
    expect((await list({ "x-api-key": face.key, authorization: "Bearer aod_nope" })).status).toBe(401);
  });

  test("a revoked one is inactive", async () => {
    const made = await newKey();
    const key = made["key"] as string;
    expect(key).toMatch(/^aod_[A-Za-z0-9_-]{43}$/);
    expect(made["prefix"]).toBe(key.slice(0, 12));
    expect((await face.send("GET", "/agents", { key })).status).toBe(200);
    expect((await face.send("DELETE", `/keys/${made.id}`)).text).toBe(`{"detail":"API key revoked"}`);
    const answer = await face.send("GET", "/agents", { key });
    expect([answer.status, answer.text]).toEqual([401, `{"detail":"API key is inactive"}`]);
    const again = await face.send("DELETE", `/keys/${made.id}`);
    expect([again.status, again.text]).toEqual([409, `{"detail":"API key is already revoked"}`]);
  });

  test("an expired one says so, by the database's clock", async () => {
    const made = await newKey({ expires_at: "2999-01-01T00:00:00+02:00" });
    expect(made["expires_at"]).toBe("2998-12-31T22:00:00.000000+00:00");
    const key = made["key"] as string;
    expect((await face.send("GET", "/agents", { key })).status).toBe(200);
    await face.services.store.db.execute(sql`update api_keys set expires_at = now() where id = ${made.id}`);
    const answer = await face.send("GET", "/agents", { key });
    expect([answer.status, answer.text]).toEqual([401, `{"detail":"API key has expired"}`]);
  });

  test("are listed without what makes them keys", async () => {
    const made = await newKey();
    const answer = await face.send("GET", "/keys");
    const { key, ...shown } = made;
    expect((answer.body as { data: Json[] }).data[0]).toEqual(shown);
    expect(answer.text).not.toContain(key);
  });

  test("the one in use cannot be revoked", async () => {
    const { data } = (await must(face, "GET", "/keys", {})) as unknown as { data: Json[] };
    const own = data.find(({ prefix }) => prefix === face.key.slice(0, 12));
    const answer = await face.send("DELETE", `/keys/${own?.id ?? ""}`);
    expect([answer.status, answer.text]).toEqual([
      409,
      `{"detail":"Cannot revoke the API key that this request uses"}`,
    ]);
  });
});

describe("S2: one owner never sees another's rows", () => {
  /** A body that would work for the owner. */
  const bodies: Readonly<Record<string, object>> = {
    "PUT /agents/:id": { version: 1, name: "stolen" },
    "PUT /environments/:id": { version: 1, name: "stolen" },
    "POST /sessions/:id/prompt": { prompt: "stolen" },
  };

  async function rows(): Promise<Record<string, string>> {
    const session = await makeSession(face);
    await setSession(face, session.id, "completed", 0);
    return {
      agents: (await makeAgent(face)).id,
      environments: (await makeEnvironment(face)).id,
      sessions: session.id,
      keys: (await newKey()).id,
    };
  }

  test("every route with an id answers a stranger as if the row were missing", async () => {
    const ids = await rows();
    const stranger = await face.addOwner();
    const routes = keyedRoutes().filter(({ path }) => path.includes(":id"));
    expect(routes.length).toBeGreaterThan(15);
    for (const { method, path } of routes) {
      const [, resource = ""] = path.split("/");
      const body = bodies[`${method} ${path}`];
      const request = { key: stranger.key, ...(body === undefined ? {} : { body }) };
      const foreign = await face.send(method, pathFor(path, ids[resource] ?? ""), request);
      const absent = await face.send(method, pathFor(path, unknownId), request);
      expect([method, path, foreign.status, foreign.text]).toEqual([method, path, 404, absent.text]);
    }
    expect(await must(face, "GET", `/agents/${ids["agents"] ?? ""}`)).toMatchObject({ name: "hello", version: 1 });
    expect(await must(face, "GET", `/sessions/${ids["sessions"] ?? ""}`)).toMatchObject({ status: "completed" });
  });

  test("every list is empty for a stranger", async () => {
    await rows();
    const { key } = await face.addOwner();
    const lists = keyedRoutes().filter(({ method, path }) => method === "GET" && !path.includes(":id"));
    expect(lists).toHaveLength(4);
    for (const { path } of lists) {
      const { data } = (await must(face, "GET", path, { key })) as unknown as { data: Json[] };
      expect([path, data.length]).toEqual([path, path === "/keys" ? 1 : 0]);
    }
  });

  test("a stranger's rows cannot be referred to", async () => {
    const ids = await rows();
    const { key } = await face.addOwner();
    const environment_id = ids["environments"];
    const own = await makeAgent(face, {}, key);
    const refused = [
      ["POST", "/agents", { ...runtimeAgent, environment_id }, "Environment not found"],
      ["PUT", `/agents/${own.id}`, { version: 1, environment_id }, "Environment not found"],
      ["POST", "/sessions", { agent_id: ids["agents"], prompt: "" }, "Agent not found"],
      ["POST", "/sessions", { agent_id: own.id, prompt: "", environment_id }, "Environment not found"],
    ] as const;
    for (const [method, path, body, detail] of refused) {
      const answer = await face.send(method, path, { key, body });
      expect([answer.status, answer.body]).toEqual([404, { detail }]);
    }
  });
});

test("S1: no secret leaves through any answer or log line", async () => {
  const secret = "S3CRET-value-that-must-not-leave";
  const secrets = { env_vars: { A: secret }, setup_script: "echo" };
  const environment = await makeEnvironment(face, secrets);
  const resources = [{ type: "github_repository", url: "https://github.com/o/r", authorization_token: secret }];
  const answers: string[] = [JSON.stringify(environment)];
  const record = async (method: string, path: string, body?: object) => {
    answers.push((await face.send(method, path, body === undefined ? {} : { body })).text);
  };
  const body = { environment_id: environment.id, resources, secret_env_vars: { B: secret } };
  const session = await makeSession(face, body);
  answers.push(JSON.stringify(session));
  await record("PUT", `/environments/${environment.id}`, { version: 1, env_vars: { A: secret, B: secret } });
  await record("PUT", `/environments/${environment.id}`, { version: 1, env_vars: { A: secret } });
  await record("POST", "/environments", { name: environment["name"], env_vars: { A: secret } });
  await record("POST", "/sessions", { agent_id: unknownId, prompt: "", ...body });
  await record("POST", "/sessions", body);
  await setSession(face, session.id, "terminated");
  const ids: Readonly<Record<string, string>> = {
    agents: (await makeAgent(face)).id,
    environments: environment.id,
    sessions: session.id,
    keys: unknownId,
  };
  for (const { method, path } of keyedRoutes()) {
    const [, resource = ""] = path.split("/");
    await record(method, pathFor(path, ids[resource] ?? ""), method === "GET" ? undefined : body);
  }
  for (const text of [...answers, ...face.logged]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(face.key);
  }
});
