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
  type Json,
} from "../../../test/support/face-steps.ts";
import { DomainError } from "../../domain/domain-error.ts";
import { answerError } from "./answer-error.ts";
import { agentsFaceRoutes } from "./index.ts";

let face: FaceApp;
beforeAll(async () => {
  face = await createFaceApp({ env: { maxConcurrentSessions: 100 } });
});
afterAll(() => face[Symbol.asyncDispose]());

const post = (path: string, key: string, body: object) =>
  face.send("POST", path, { body, headers: { "idempotency-key": key } });
const count = async (path: string) => ((await must(face, "GET", path))["data"] as unknown[]).length;

test.each(["/agents", "/environments", "/sessions"])(
  "POST %s gives the same answer to the same request",
  async (path) => {
    const bodies: Readonly<Record<string, object>> = {
      "/agents": runtimeAgent,
      "/environments": { name: "once", env_vars: { A: "s3cret" } },
      "/sessions": { agent_id: (await makeAgent(face)).id, prompt: "hi", secret_env_vars: { A: "s3cret" } },
    };
    const body = bodies[path] ?? {};
    const before = await count(path);
    const first = await post(path, `key for ${path}`.replaceAll(" ", "-"), body);
    const second = await post(path, `key for ${path}`.replaceAll(" ", "-"), body);
    expect(first.headers["idempotent-replayed"]).toBeUndefined();
    expect(second.headers["idempotent-replayed"]).toBe("true");
    expect([second.status, second.text]).toEqual([first.status, first.text]);
    expect(second.headers["content-type"]).toBe(first.headers["content-type"]);
    expect(await count(path)).toBe(before + 1);
  },
);

test("a prompt is not given twice", async () => {
  const { id } = await makeSession(face);
  await setSession(face, id, "completed", 0);
  const first = await post(`/sessions/${id}/prompt`, "prompt", { prompt: "go on" });
  const second = await post(`/sessions/${id}/prompt`, "prompt", { prompt: "go on" });
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(second.text).toBe(first.text);
  expect(await must(face, "GET", `/sessions/${id}`)).toMatchObject({ turn_count: 2 });
});

describe("a repeat after a lost answer", () => {
  const bodies: Readonly<Record<string, object>> = {
    "POST /agents": runtimeAgent,
    "POST /environments": { name: "repeated" },
    "PUT /agents/:id": { version: 1, name: "changed" },
    "PUT /environments/:id": { version: 1, name: "changed" },
    "POST /sessions/:id/prompt": { prompt: "go on" },
  };
  const routes = () =>
    agentsFaceRoutes(face.services).filter(({ access, method }) => access === "key" && method !== "GET");

  async function newRow(path: string): Promise<string> {
    const resource = path.split("/")[1];
    if (resource === "agents") return (await makeAgent(face)).id;
    if (resource === "environments") return (await makeEnvironment(face)).id;
    if (resource === "keys") return (await must(face, "POST", "/keys", { body: { name: "k" } })).id;
    const { id } = await makeSession(face);
    if (!path.endsWith("/interrupt")) await setSession(face, id, "completed", 0);
    return id;
  }

  test("gets the first answer from every route that promises it, and from no other", async () => {
    const repeatable: string[] = [];
    for (const { method, path } of routes()) {
      const name = `${method} ${path}`;
      const url = pathFor(path, await newRow(path));
      const body = name === "POST /sessions" ? { agent_id: (await makeAgent(face)).id, prompt: "" } : bodies[name];
      const headers = { "idempotency-key": name.replaceAll(/\W/g, "-") };
      const request = { headers, body: body ?? { name: "x" } };
      const first = await face.send(method, url, request);
      expect(first.status, `${name} ${first.text}`).toBeLessThan(300);
      const second = await face.send(method, url, request);
      if (second.headers["idempotent-replayed"] !== "true") continue;
      expect([name, second.status, second.text]).toEqual([name, first.status, first.text]);
      repeatable.push(name);
    }
    expect(repeatable.toSorted()).toEqual(
      routes()
        .filter((route) => route.access === "key" && route.isRepeatable)
        .map(({ method, path }) => `${method} ${path}`)
        .toSorted(),
    );
    expect(repeatable).not.toContain("POST /keys");
  });

  test("changes nothing a second time", async () => {
    const { id } = await makeAgent(face);
    const headers = { "idempotency-key": "put-once" };
    const put = () => face.send("PUT", `/agents/${id}`, { headers, body: { version: 1, name: "changed" } });
    expect((await put()).body).toMatchObject({ version: 2 });
    expect((await put()).body).toMatchObject({ version: 2 });
    expect(await count(`/agents/${id}/versions`)).toBe(2);
  });

  test("stops a deleted session once", async () => {
    const id = await newRow("/sessions/:id");
    const headers = { "idempotency-key": "delete-once" };
    for (const _ of [1, 2]) expect((await face.send("DELETE", `/sessions/${id}/delete`, { headers })).status).toBe(200);
    expect(face.stopped.filter(({ sessionId }) => sessionId === id)).toHaveLength(1);
  });
});

test("another body, or another path, under the same key is refused", async () => {
  await post("/agents", "other", runtimeAgent);
  const text = `{"detail":"Idempotency-Key was already used for another request"}`;
  const body = await post("/agents", "other", { ...runtimeAgent, name: "x" });
  expect([body.status, body.text]).toEqual([422, text]);
  const path = await post("/environments", "other", { ...runtimeAgent });
  expect([path.status, path.text]).toEqual([422, text]);
});

test("requests at once make one thing, and all get its answer", async () => {
  const before = await count("/agents");
  const answers = await Promise.all(Array.from({ length: 6 }, () => post("/agents", "at-once", runtimeAgent)));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(answers.filter(({ headers }) => headers["idempotent-replayed"] === "true")).toHaveLength(5);
  expect(await count("/agents")).toBe(before + 1);
});

test("a refused request leaves no trace: it may be corrected or repeated", async () => {
  expect((await post("/agents", "retry", { name: "x" })).status).toBe(422);
  expect((await post("/agents", "retry", runtimeAgent)).status).toBe(201);
  const taken = await makeEnvironment(face, { name: "busy" });
  expect((await post("/environments", "retry-name", { name: "busy" })).status).toBe(409);
  await must(face, "POST", `/environments/${taken.id}/archive`);
  expect((await post("/environments", "retry-name", { name: "busy" })).status).toBe(201);
});

test("keys belong to their owner", async () => {
  const mine = (await post("/agents", "shared", runtimeAgent)).body as Json;
  const { key } = await face.addOwner();
  const headers = { "idempotency-key": "shared" };
  const theirs = await face.send("POST", "/agents", { key, headers, body: runtimeAgent });
  expect(theirs.headers["idempotent-replayed"]).toBeUndefined();
  expect((theirs.body as Json).id).not.toBe(mine.id);
});

test("a key is forgotten after 24 hours", async () => {
  const { db } = face.services.store;
  const age = (hours: number) =>
    db.execute(
      sql`update idempotency_keys set created_at = now() - make_interval(hours => ${hours}) where key = 'old'`,
    );
  const first = (await post("/agents", "old", runtimeAgent)).body as Json;
  await age(23);
  expect((await post("/agents", "old", runtimeAgent)).body).toEqual(first);
  await age(25);
  const later = await post("/agents", "old", { ...runtimeAgent, name: "new" });
  expect([later.status, later.headers["idempotent-replayed"]]).toEqual([201, undefined]);
});

test.each(["", " ", "a b", "é", "x".repeat(256)])("%j is no key", async (key) => {
  const answer = await post("/agents", key, runtimeAgent);
  expect([answer.status, answer.text]).toEqual([
    400,
    `{"detail":"Idempotency-Key must have 1 to 255 visible ASCII characters"}`,
  ]);
});

test("a key that is still being worked on asks for patience", () => {
  const { answer } = answerError(new DomainError({ reason: "idempotency_key_busy" }));
  expect(answer).toMatchObject({ status: 409, headers: { "retry-after": "1" } });
});

test("what is stored holds no secret", async () => {
  const { rows } = await face.services.store.pool.query<{ body: string }>("select body from idempotency_keys");
  expect(rows.length).toBeGreaterThan(5);
  for (const { body } of rows) expect(body).not.toContain("s3cret");
});
