import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFaceApp, type FaceApp } from "../../../test/support/face-app.ts";
import {
  fieldErrors,
  makeAgent,
  makeEnvironment,
  makeSession,
  must,
  pathFor,
  runtimeAgent,
  setSession,
  unknownId,
} from "../../../test/support/face-steps.ts";
import { agentsFaceRoutes } from "./index.ts";
import { knownPaths } from "./method-not-allowed.ts";

let face: FaceApp;
beforeAll(async () => {
  face = await createFaceApp();
});
afterAll(() => face[Symbol.asyncDispose]());

/** All routes, with the keys of what they answer, in order. */
const table = [
  ["GET", "/health", 200, "status checks driver"],
  ["POST", "/agents", 201, "agent"],
  ["GET", "/agents", 200, "data"],
  ["GET", "/agents/:id", 200, "agent"],
  ["PUT", "/agents/:id", 200, "agent"],
  ["POST", "/agents/:id/archive", 200, "agent"],
  ["GET", "/agents/:id/versions", 200, "data"],
  ["POST", "/environments", 201, "environment"],
  ["GET", "/environments", 200, "data"],
  ["GET", "/environments/:id", 200, "environment"],
  ["PUT", "/environments/:id", 200, "environment"],
  ["POST", "/environments/:id/archive", 200, "environment"],
  ["DELETE", "/environments/:id/delete", 200, "detail"],
  ["GET", "/environments/:id/versions", 200, "data"],
  ["POST", "/sessions", 202, "id status stream_url environment_id resources current_turn"],
  ["GET", "/sessions", 200, "data"],
  ["GET", "/sessions/:id", 200, "session"],
  ["POST", "/sessions/:id/prompt", 202, "id status stream_url current_turn"],
  ["GET", "/sessions/:id/turns", 200, "data"],
  ["GET", "/sessions/:id/turns/:turn/events", 200, "data has_more"],
  ["POST", "/sessions/:id/interrupt", 202, "id status"],
  ["POST", "/sessions/:id/terminate", 200, "id status"],
  ["DELETE", "/sessions/:id/delete", 200, "detail"],
  ["GET", "/sessions/:id/stream", 200, ""],
  ["POST", "/keys", 201, "id type name prefix is_active expires_at scopes created_at key"],
  ["GET", "/keys", 200, "data"],
  ["DELETE", "/keys/:id", 200, "detail"],
  ["GET", "/docs", 200, ""],
  ["GET", "/docs/start.js", 200, ""],
  ["GET", "/docs/swagger-ui-bundle.js", 200, ""],
  ["GET", "/docs/swagger-ui.css", 200, ""],
  ["GET", "/openapi.json", 200, "openapi info security paths components"],
] as const;

const shapes: Readonly<Record<string, string>> = {
  agent:
    "id type name description system provider model runtime environment_id skills mcp_servers metadata version created_at updated_at archived_at",
  environment: "id type name packages setup_script networking version created_at updated_at archived_at",
  session:
    "id agent_id environment_id runtime provider status exit_code created_at updated_at resources turn_count current_turn driver isolation",
};

/** A row that the route works on, fresh for each test. */
async function target(path: string): Promise<string> {
  if (path.startsWith("/agents/")) return (await makeAgent(face)).id;
  if (path.startsWith("/environments/")) return (await makeEnvironment(face)).id;
  if (path.startsWith("/keys/")) return (await must(face, "POST", "/keys", { body: { name: "spare" } })).id;
  const { id } = await makeSession(face);
  await setSession(face, id, path.endsWith("/interrupt") ? "running" : "completed", 0);
  return id;
}

async function bodyFor(method: string, path: string): Promise<object | undefined> {
  if (method === "PUT") return { version: 1 };
  if (path === "/agents") return runtimeAgent;
  if (path === "/environments") return { name: `row of ${path}` };
  if (path === "/sessions") return { agent_id: (await makeAgent(face)).id, prompt: "hi" };
  if (path === "/keys") return { name: "ci" };
  return path.endsWith("/prompt") ? { prompt: "go on" } : undefined;
}

test("the table holds every route, and no other", () => {
  const registered = agentsFaceRoutes(face.services).map(({ method, path }) => `${method} ${path}`);
  expect(registered.toSorted()).toEqual(table.map(([method, path]) => `${method} ${path}`).toSorted());
});

test.each(table)("%s %s answers %i", async (method, path, status, keys) => {
  const id = path.includes(":id") ? await target(path) : "";
  const body = method === "GET" ? undefined : await bodyFor(method, path);
  const answer = await face.send(method, pathFor(path, id), body === undefined ? {} : { body });
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  if (keys !== "") expect(Object.keys(answer.body as object).join(" ")).toBe(shapes[keys] ?? keys);
});

describe("ids", () => {
  const ids = [
    "not-a-uuid",
    unknownId.toUpperCase().replace("4000", "4ABC"),
    `{${unknownId}}`,
    unknownId.replaceAll("-", ""),
  ];
  const paths = table.filter(([, path]) => path.includes(":id"));

  test.each(paths)("%s %s takes lower-case UUIDs only", async (method, path) => {
    for (const id of ids) {
      const answer = await face.send(method, pathFor(path, id), { key: false });
      expect([answer.status, answer.text]).toEqual([404, `{"detail":"Not found"}`]);
    }
  });

  test.each(paths)("%s %s of a missing row is 404 with its own text", async (method, path) => {
    const body = await bodyFor(method, path);
    const answer = await face.send(method, pathFor(path, unknownId), body === undefined ? {} : { body });
    const name = { agents: "Agent", environments: "Environment", sessions: "Session", keys: "API key" };
    const [, resource = ""] = path.split("/");
    expect([answer.status, answer.text]).toEqual([
      404,
      `{"detail":"${name[resource as keyof typeof name]} not found"}`,
    ]);
  });
});

test.each(["/", "/nope", "/agents/", "/sessions/", "/health/", `/agents/${unknownId}/`, `/agents/${unknownId}/nope`])(
  "%s is no route: 404 before any key is asked for",
  async (path) => {
    for (const method of ["GET", "POST", "PATCH"]) {
      const answer = await face.send(method, path, { key: false });
      expect([answer.status, answer.text]).toEqual([404, `{"detail":"Not found"}`]);
    }
  },
);

describe("405", () => {
  const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"];
  const byPath = [...Map.groupBy(table, ([, path]) => path)].map(
    ([path, rows]) => [path, rows.map(([method]) => method as string)] as const,
  );
  // Single-method routes look at the method first; both `/delete` routes count with the others.
  const checksKeyFirst = (path: string, allowed: readonly string[]) => allowed.length > 1 || path.endsWith("/delete");

  test.each(byPath)("%s refuses every method but %j", async (path, allowed) => {
    const url = pathFor(path, unknownId);
    for (const method of methods.filter((name) => !allowed.includes(name))) {
      const anonymous = await face.send(method, url, { key: false });
      const known = await face.send(method, url);
      if (checksKeyFirst(path, allowed)) {
        expect([method, anonymous.status]).toEqual([method, 401]);
        const text = method === "HEAD" ? "" : `{"detail":"Method not allowed"}`;
        expect([method, known.status, known.text]).toEqual([method, 405, text]);
      } else {
        expect([method, anonymous.status, anonymous.text]).toEqual([method, 405, ""]);
        expect([method, known.status, known.text]).toEqual([method, 405, ""]);
      }
      expect(known.headers.allow).toBe(allowed.join(", "));
    }
  });

  test("a bare DELETE of an environment is 405", async () => {
    const { id } = await makeEnvironment(face);
    expect((await face.send("DELETE", `/environments/${id}`)).text).toBe(`{"detail":"Method not allowed"}`);
  });

  test("a path is known by its pattern only", () => {
    const paths = knownPaths(agentsFaceRoutes(face.services));
    expect(paths.some(({ pattern }) => pattern.test("/openapiXjson"))).toBe(false);
  });
});

test("a second delete is 404", async () => {
  const { id } = await makeEnvironment(face);
  await must(face, "DELETE", `/environments/${id}/delete`);
  expect((await face.send("DELETE", `/environments/${id}/delete`)).text).toBe(`{"detail":"Environment not found"}`);
});

test("an id in a body that is no UUID names nothing", async () => {
  const agent = await face.send("POST", "/agents", { body: { ...runtimeAgent, environment_id: "nope" } });
  expect([agent.status, agent.text]).toEqual([404, `{"detail":"Environment not found"}`]);
  const session = await face.send("POST", "/sessions", { body: { agent_id: "nope", prompt: "" } });
  expect([session.status, session.text]).toEqual([404, `{"detail":"Agent not found"}`]);
  const { id } = await makeAgent(face);
  const other = await face.send("POST", "/sessions", { body: { agent_id: id, prompt: "", environment_id: "nope" } });
  expect([other.status, other.text]).toEqual([404, `{"detail":"Environment not found"}`]);
});

test("unknown keys are ignored, but not on routes of ours", async () => {
  await makeAgent(face, { tools: [{ name: "x" }] });
  const answer = await face.send("POST", "/keys", { body: { name: "x", scope: "all" } });
  expect(fieldErrors(answer.body)).toEqual([
    { type: "extra_forbidden", loc: ["scope"], msg: "Extra inputs are not permitted", input: "all" },
  ]);
});
