import { afterAll, beforeAll, expect, test } from "vitest";
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
  type Json,
} from "../../../test/support/face-steps.ts";
import { agentsFaceRoutes } from "./index.ts";
import { isOpenToLimitedKeys } from "./key-scopes.ts";

/** One agent with its environment and a finished session, by the first segment of their routes. */
type Rows = Readonly<Record<"agents" | "environments" | "sessions" | "keys", string>>;

let face: FaceApp;
let own: Rows;
let other: Rows;
let key: string;

async function furnish(): Promise<Rows> {
  const environments = (await makeEnvironment(face)).id;
  const agents = (await makeAgent(face, { environment_id: environments })).id;
  const sessions = (await makeSession(face, { agent_id: agents })).id;
  await setSession(face, sessions, "completed", 0);
  return { agents, environments, sessions, keys: (await must(face, "POST", "/keys", { body: { name: "x" } })).id };
}

beforeAll(async () => {
  face = await createFaceApp();
  own = await furnish();
  other = await furnish();
  const scopes = [`agent:${own.agents}`];
  const made = await must(face, "POST", "/keys", { body: { name: "limited", scopes } });
  expect(made["scopes"]).toEqual(scopes);
  key = made["key"] as string;
});
afterAll(() => face[Symbol.asyncDispose]());

const send = (method: string, path: string, body?: object) =>
  face.send(method, path, { key, ...(body === undefined ? {} : { body }) });
const routes = () => agentsFaceRoutes(face.services).filter(({ access }) => access === "key");
const refused = `{"detail":"This API key is limited to some agents. Use a key of the whole account."}`;

test("every route is either closed to a limited key, or tells nothing of other rows", async () => {
  const closed: string[] = [];
  for (const { method, path } of routes()) {
    const resource = path.split("/")[1] as keyof Rows;
    const ask = (id: string) => {
      const body = { version: 1, prompt: "x", agent_id: id, ...runtimeAgent };
      return send(method, pathFor(path, id), method === "GET" ? undefined : body);
    };
    const foreign = await ask(other[resource]);
    if (isOpenToLimitedKeys({ method, path })) {
      expect([method, path, foreign.text]).not.toEqual([method, path, refused]);
      if (path.includes(":id")) {
        const absent = await ask(unknownId);
        expect([method, path, foreign.status, foreign.text]).toEqual([method, path, 404, absent.text]);
      } else {
        for (const id of Object.values(other)) expect(foreign.text).not.toContain(id);
      }
    } else {
      closed.push(`${method} ${path}`);
      expect([method, path, foreign.status, foreign.text]).toEqual([method, path, 403, refused]);
    }
  }
  expect(closed).toEqual([
    "POST /agents",
    "PUT /agents/:id",
    "POST /agents/:id/archive",
    "POST /environments",
    "PUT /environments/:id",
    "POST /environments/:id/archive",
    "DELETE /environments/:id/delete",
    "POST /keys",
    "GET /keys",
    "DELETE /keys/:id",
  ]);
});

test("lists hold only what belongs to the agents of the key", async () => {
  for (const resource of ["agents", "environments", "sessions"] as const) {
    const { data } = (await must(face, "GET", `/${resource}`, { key })) as unknown as { data: Json[] };
    expect(data.map(({ id }) => id)).toEqual([own[resource]]);
    expect((await send("GET", `/${resource}/${own[resource]}`)).status).toBe(200);
  }
});

test("an agent of the key runs, in its own environment only", async () => {
  const start = (body: object) => send("POST", "/sessions", { agent_id: own.agents, prompt: "x", ...body });
  const started = await start({ environment_id: own.environments });
  expect(started.status).toBe(202);
  expect((await start({ agent_id: own.agents.toUpperCase(), environment_id: "" })).status).toBe(202);
  const { id } = started.body as Json;
  expect((await send("POST", `/sessions/${id}/interrupt`)).status).toBe(202);
  expect((await send("POST", `/sessions/${id}/prompt`, { prompt: "on" })).status).toBe(202);
  expect((await send("POST", `/sessions/${id}/terminate`)).status).toBe(200);
  expect((await send("DELETE", `/sessions/${id}/delete`)).status).toBe(200);
  const foreign = [
    [{ agent_id: other.agents }, "Agent not found"],
    [{ environment_id: other.environments }, "Environment not found"],
    [{ environment_id: unknownId }, "Environment not found"],
  ] as const;
  for (const [body, detail] of foreign) {
    const answer = await start(body);
    expect([answer.status, answer.body]).toEqual([404, { detail }]);
  }
  expect((await start({ agent_id: 5 })).status).toBe(422);
  expect((await face.send("POST", "/sessions", { key, raw: "{" })).text).toBe(`{"detail":"Invalid JSON"}`);
});

test("an earlier answer is not given again to a key that may not ask", async () => {
  const headers = { "idempotency-key": "scoped" };
  const body = { agent_id: other.agents, prompt: "x" };
  expect((await face.send("POST", "/sessions", { headers, body })).status).toBe(202);
  expect((await face.send("POST", "/sessions", { key, headers, body })).status).toBe(404);
});

test("scopes name agents of the account", async () => {
  const create = (scopes: unknown) => face.send("POST", "/keys", { body: { name: "x", scopes } });
  const wrong = [
    [[], "scopes must name at least one agent, or be null for the whole account"],
    [["agent:x"], "scopes[0] must be 'agent:<id>'"],
    [[`agent:${own.agents}`, 5], "scopes[1] must be 'agent:<id>'"],
    [Array.from({ length: 101 }, () => `agent:${own.agents}`), "Maximum 100 scopes per key"],
  ] as const;
  for (const [scopes, message] of wrong) {
    const answer = await create(scopes);
    expect(answer.status).toBe(422);
    expect(fieldErrors(answer.body)).toMatchObject([{ loc: ["scopes"], msg: `Value error, ${message}` }]);
  }
  const stranger = await face.addOwner();
  const theirs = await makeAgent(face, {}, stranger.key);
  for (const id of [unknownId, theirs.id]) {
    const answer = await create([`agent:${id}`]);
    expect([answer.status, answer.text]).toEqual([404, `{"detail":"Agent not found"}`]);
  }
  expect(((await create(null)).body as Json)["scopes"]).toBeNull();
});
