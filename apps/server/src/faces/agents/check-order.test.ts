import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFaceApp, type FaceApp } from "../../../test/support/face-app.ts";
import {
  makeAgent,
  makeEnvironment,
  makeSession,
  must,
  providerAgent,
  runtimeAgent,
  setSession,
  unknownId,
} from "../../../test/support/face-steps.ts";
import { agents } from "../../store/schema.ts";

// When several things are wrong at once, the first of the route's order is answered.

let face: FaceApp;
let archivedEnvironment = "";
beforeAll(async () => {
  face = await createFaceApp({ env: { maxConcurrentSessions: 1_000 } });
  archivedEnvironment = (await makeEnvironment(face)).id;
  await must(face, "POST", `/environments/${archivedEnvironment}/archive`);
});
afterAll(() => face[Symbol.asyncDispose]());

async function first(method: string, path: string, request: object): Promise<string> {
  const answer = await face.send(method, path, request);
  const { detail } = answer.body as { detail: string | unknown[] };
  return `${answer.status} ${typeof detail === "string" ? detail : "list"}`;
}

const noKey = "401 Missing or invalid Authorization header";
const noJson = "400 Invalid JSON";
const invalid = "{nope";

describe("POST /agents", () => {
  const runtime = { ...runtimeAgent, runtime: "x" };
  const rows = [
    ["the key", { key: false, raw: invalid }, noKey],
    ["JSON", { raw: invalid }, noJson],
    ["fields before the runtime", { body: { ...runtime, name: 1 } }, "422 list"],
    [
      "the runtime before the environment",
      { body: { ...runtime, environment_id: unknownId } },
      "400 Unknown runtime: x. Must be one of: ['claude', 'codex', 'gemini', 'opencode']",
    ],
    [
      "compatibility before the environment",
      { body: { ...runtimeAgent, runtime: "codex", environment_id: unknownId } },
      "422 Runtime codex cannot serve model anthropic/claude-sonnet-4-6: provider anthropic not in ['openai']",
    ],
    [
      "the provider before the environment",
      { body: { ...providerAgent, provider: "x", environment_id: unknownId } },
      "422 Unknown provider: x. Must be one of: ['anthropic', 'openai']",
    ],
    [
      "the model before the environment",
      { body: { ...providerAgent, model: "openai/o3", environment_id: unknownId } },
      "422 Model provider prefix 'openai' does not match provider 'anthropic'",
    ],
    ["the environment last", { body: { ...runtimeAgent, environment_id: unknownId } }, "404 Environment not found"],
  ] as const;
  test.each(rows)("%s", async (_title, request, expected) => {
    expect(await first("POST", "/agents", request)).toBe(expected);
  });
});

describe("PUT /agents/{id}", () => {
  const version = { version: 1 };
  const badRuntime = { version: 9, runtime: "x", environment_id: unknownId };
  const badProvider = { version: 9, provider: "x", environment_id: unknownId };

  test("with runtime: agent, archived, JSON, fields, version, runtime, compatibility, environment", async () => {
    const { id } = await makeAgent(face);
    const gone = await makeAgent(face);
    await must(face, "POST", `/agents/${gone.id}/archive`);
    const of = (agent: string, request: object) => first("PUT", `/agents/${agent}`, request);
    expect(await of(unknownId, { key: false })).toBe(noKey);
    expect(await of(unknownId, { raw: invalid })).toBe("404 Agent not found");
    expect(await of(unknownId, { body: { runtime: "x" } })).toBe("404 Agent not found");
    expect(await of(gone.id, { raw: invalid })).toBe("409 Cannot update an archived agent");
    expect(await of(gone.id, { body: { runtime: 5 } })).toBe("409 Cannot update an archived agent");
    expect(await of(id, { raw: invalid })).toBe(noJson);
    expect(await of(id, { raw: "[]" })).toBe("422 list");
    expect(await of(id, { body: { ...badRuntime, name: 5 } })).toBe("422 list");
    expect(await of(id, { body: badRuntime })).toBe("409 Version mismatch: expected 1, got 9");
    expect(await of(id, { body: { ...badRuntime, ...version } })).toMatch(/^400 Unknown runtime: x/);
    expect(await of(id, { body: { ...badRuntime, ...version, runtime: "codex" } })).toMatch(
      /^422 Runtime codex cannot/,
    );
    expect(await of(id, { body: { ...version, environment_id: unknownId } })).toBe("404 Environment not found");
    expect(await of(id, { body: { ...version, environment_id: archivedEnvironment } })).toBe(
      "409 Cannot assign an archived environment to an agent",
    );
  });

  test("with provider: JSON, fields, environment, agent, archived, version, provider and model", async () => {
    const { id } = await must(face, "POST", "/agents", { body: providerAgent });
    const gone = await must(face, "POST", "/agents", { body: providerAgent });
    await must(face, "POST", `/agents/${gone.id}/archive`);
    const of = (agent: string, request: object) => first("PUT", `/agents/${agent}`, request);
    expect(await of(id, { key: false })).toBe(noKey);
    expect(await of(gone.id, { raw: invalid })).toBe(noJson);
    expect(await of(unknownId, { body: { provider: "x" } })).toBe("422 list");
    expect(await of(gone.id, { body: {} })).toBe("422 list");
    expect(await of(unknownId, { body: badProvider })).toBe("404 Environment not found");
    expect(await of(unknownId, { body: { ...badProvider, environment_id: archivedEnvironment } })).toBe(
      "409 Cannot assign an archived environment to an agent",
    );
    expect(await of(unknownId, { body: { ...badProvider, environment_id: null } })).toBe("404 Agent not found");
    expect(await of(gone.id, { body: { ...badProvider, environment_id: null } })).toBe(
      "409 Cannot update an archived agent",
    );
    expect(await of(id, { body: { ...badProvider, environment_id: null } })).toBe(
      "409 Version mismatch: expected 1, got 9",
    );
    expect(await of(id, { body: { ...version, provider: "x" } })).toMatch(/^422 Unknown provider: x/);
  });
});

test("PUT /environments/{id}: key, JSON, fields, environment, archived, version, name", async () => {
  const taken = await makeEnvironment(face, { name: "taken" });
  const { id } = await makeEnvironment(face);
  const of = (environment: string, request: object) => first("PUT", `/environments/${environment}`, request);
  expect(await of(unknownId, { key: false, raw: invalid })).toBe(noKey);
  expect(await of(unknownId, { raw: invalid })).toBe(noJson);
  expect(await of(unknownId, { body: {} })).toBe("422 list");
  expect(await of(unknownId, { body: { version: 9 } })).toBe("404 Environment not found");
  expect(await of(archivedEnvironment, { body: { version: 9 } })).toBe("409 Cannot update an archived environment");
  expect(await of(id, { body: { version: 9, name: "taken" } })).toBe("409 Version mismatch: expected 1, got 9");
  expect(await of(id, { body: { version: 1, name: "taken" } })).toBe(
    "409 An active environment named 'taken' already exists",
  );
  expect(await of(taken.id, { body: { version: 1, name: "taken" } })).toMatch(/^200/);
});

test("POST /sessions: key, JSON, fields, agent, archived, environment, runtime, 503, quota", async () => {
  const of = (request: object) => first("POST", "/sessions", request);
  const agent = await makeAgent(face);
  const gone = await makeAgent(face);
  await must(face, "POST", `/agents/${gone.id}/archive`);
  const start = (agentId: string, environmentId: string) =>
    of({ body: { agent_id: agentId, prompt: "", environment_id: environmentId } });
  expect(await of({ key: false, raw: invalid })).toBe(noKey);
  expect(await of({ raw: invalid })).toBe(noJson);
  expect(await of({ body: { agent_id: unknownId } })).toBe("422 list");
  expect(await start(unknownId, unknownId)).toBe("404 Agent not found");
  expect(await start(gone.id, unknownId)).toBe("409 Cannot create session with archived agent");
  expect(await start(agent.id, unknownId)).toBe("404 Environment not found");
  expect(await start(agent.id, archivedEnvironment)).toBe("409 Cannot create session with archived environment");

  await using bare = await createFaceApp({ driver: null, env: { maxConcurrentSessions: 0, requireCredentials: true } });
  const other = await makeAgent(bare);
  const without = await bare.send("POST", "/sessions", { body: { agent_id: other.id, prompt: "" } });
  expect(without.status).toBe(400);
  const secret_env_vars = { ANTHROPIC_API_KEY: "k" };
  const body = { agent_id: other.id, prompt: "", secret_env_vars };
  expect((await bare.send("POST", "/sessions", { body })).status).toBe(503);
});

describe("POST /sessions with an agent that this release no longer knows", () => {
  const credentials = { ANTHROPIC_API_KEY: "k" };
  const rows = [
    ["the runtime", { runtime: "gone", model: "gone" }, {}, /^400 Unknown runtime: gone/],
    ["the credential", { runtime: "claude", model: "gone" }, {}, /^400 No API key configured for runtime: claude$/],
    ["the model", { runtime: "claude", model: "gone" }, credentials, /^422 Unknown model: gone$/],
    ["compatibility", { runtime: "claude", model: "openai/o3" }, credentials, /^422 Runtime claude cannot serve/],
    ["with provider: the provider", { dialect: "provider", provider: "gone" }, {}, /^422 Unknown provider: gone/],
    [
      "with provider: the credential",
      { dialect: "provider", model: "gone" },
      {},
      /^400 No API key configured for provider: anthropic$/,
    ],
    ["with provider: no model", { dialect: "provider", model: "gone" }, credentials, /^503 /],
    ["the driver last", {}, credentials, /^503 Session backend is not configured$/],
  ] as const;

  test.each(rows)("%s", async (_title, stored, secret_env_vars, expected) => {
    await using bare = await createFaceApp({ driver: null, env: { requireCredentials: true } });
    const { id } = await makeAgent(bare);
    await bare.services.store.db.update(agents).set({ model: "anthropic/claude-sonnet-4-6", ...stored });
    const body = { agent_id: id, prompt: "", secret_env_vars };
    const answer = await bare.send("POST", "/sessions", { body });
    expect(`${answer.status} ${(answer.body as { detail: string }).detail}`).toMatch(expected);
  });
});

test("POST prompt: method, key, session, state, JSON, fields, backend, pending", async () => {
  const { id } = await makeSession(face);
  const path = `/sessions/${id}/prompt`;
  const of = (request: object) => first("POST", path, request);
  expect((await face.send("GET", path, { key: false })).status).toBe(405);
  expect(await of({ key: false, raw: invalid })).toBe(noKey);
  expect(await first("POST", `/sessions/${unknownId}/prompt`, { raw: invalid })).toBe("404 Session not found");
  for (const status of ["running", "failed", "terminated"] as const) {
    await setSession(face, id, status);
    expect(await of({ raw: invalid })).toMatch(/^409/);
  }
  await setSession(face, id, "pending");
  expect(await of({ raw: invalid })).toBe(noJson);
  expect(await of({ body: {} })).toBe("422 list");
  face.sandboxesAvailable = false;
  expect(await of({ body: { prompt: "" } })).toBe("409 Session already has a pending turn");
  await setSession(face, id, "completed", 0);
  expect(await of({ body: {} })).toBe("422 list");
  expect(await of({ body: { prompt: "" } })).toBe("409 Session backend is no longer available; start a new session.");
  face.sandboxesAvailable = true;
});

test("GET stream: method, key, session, cursor", async () => {
  const { id } = await makeSession(face);
  const path = `/sessions/${id}/stream?since=x`;
  const posted = await face.send("POST", path, { key: false });
  expect([posted.status, posted.text, posted.headers.allow]).toEqual([405, "", "GET"]);
  expect(await first("GET", path, { key: false })).toBe(noKey);
  expect(await first("GET", `/sessions/${unknownId}/stream?since=x`, {})).toBe("404 Session not found");
  expect(await first("GET", path, {})).toBe("400 since must be an integer");
});
