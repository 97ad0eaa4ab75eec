import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFaceApp, type FaceApp } from "../../../test/support/face-app.ts";
import {
  commandAgent,
  makeAgent,
  makeEnvironment,
  makeSession,
  must,
  providerAgent,
  setSession,
  type Json,
} from "../../../test/support/face-steps.ts";
import { openMcpServers } from "../../auth/mcp-secrets.ts";
import { StaleFenceError } from "../../events/event-log.ts";
import { agents, owners, sessionResources, sessions, turns } from "../../store/schema.ts";
import { sealedField } from "../../store/sealed-fields.ts";

let face: FaceApp;
beforeAll(async () => {
  face = await createFaceApp({ env: { maxConcurrentSessions: 10_000 } });
});
afterAll(() => face[Symbol.asyncDispose]());

const get = (id: string) => must(face, "GET", `/sessions/${id}`);
const turnsOf = async (id: string) => (await must(face, "GET", `/sessions/${id}/turns`))["data"] as Json[];
const prompt = (id: string, body: object = { prompt: "go on" }) =>
  face.send("POST", `/sessions/${id}/prompt`, { body });
const terminate = (id: string) => face.send("POST", `/sessions/${id}/terminate`);
const remove = (id: string) => face.send("DELETE", `/sessions/${id}/delete`);
const rowOf = async (id: string) =>
  (await face.services.store.db.select().from(sessions).where(eq(sessions.id, id)))[0];

describe("POST /sessions", () => {
  test("answers 202 at once, with turn 1 waiting for a worker", async () => {
    const agent = await makeAgent(face);
    const answer = await face.send("POST", "/sessions", { body: { agent_id: agent.id, prompt: "hi" } });
    const { id } = answer.body as Json;
    expect([answer.status, answer.text]).toEqual([
      202,
      `{"id":"${id}","status":"pending","stream_url":"/sessions/${id}/stream","environment_id":null,"resources":[],"current_turn":1}`,
    ]);
    expect(await face.jobs()).toContainEqual({ sessionId: id, turn: 1 });
    const session = await get(id);
    expect(session).toEqual({
      id,
      agent_id: agent.id,
      environment_id: null,
      runtime: "claude",
      provider: "anthropic",
      status: "pending",
      exit_code: null,
      created_at: session["created_at"],
      updated_at: session["created_at"],
      resources: [],
      turn_count: 1,
      current_turn: 1,
      driver: "local",
      isolation: "none",
    });
    expect(await turnsOf(id)).toEqual([
      {
        turn_number: 1,
        prompt: "hi",
        status: "pending",
        exit_code: null,
        created_at: session["created_at"],
        started_at: null,
        ended_at: null,
        verdict: null,
        text: null,
        usage: null,
        cost_usd: null,
        model: "anthropic/claude-sonnet-4-6",
        tool_calls: null,
        tools: null,
      },
    ]);
  });

  test("keeps the agent as it is now", async () => {
    const skills = [{ name: "s", description: "d", content: "c" }];
    const agent = await must(face, "POST", "/agents", {
      body: { ...commandAgent, command: ["cat"], system: "be terse", skills, mcp_servers: [{ name: "m", url: "u" }] },
    });
    const { id } = await makeSession(face, { agent_id: agent.id });
    await must(face, "PUT", `/agents/${agent.id}`, { body: { version: 1, name: "other", command: ["tac"] } });
    const snapshot = (await rowOf(id))?.agentSnapshot;
    expect({ ...snapshot, mcpServers: [] }).toEqual({
      version: 1,
      name: "hello",
      model: "command",
      runtime: "command",
      provider: "command",
      system: "be terse",
      skills,
      mcpServers: [],
      command: ["cat"],
    });
    const place = sealedField.sessionMcpServers(id);
    expect(openMcpServers(face.services.keyring, place, snapshot?.mcpServers ?? [])).toEqual([{ name: "m", url: "u" }]);
  });

  test("takes the agent's environment unless it names one; null and an empty text do not opt out", async () => {
    const own = await makeEnvironment(face);
    const other = await makeEnvironment(face);
    const agent = await makeAgent(face, { environment_id: own.id });
    const cases = [
      [undefined, own.id],
      [null, own.id],
      ["", own.id],
      [other.id, other.id],
    ] as const;
    for (const [sent, used] of cases) {
      const ack = await makeSession(face, { agent_id: agent.id, environment_id: sent });
      expect(ack["environment_id"]).toBe(used);
      expect(await get(ack.id)).toMatchObject({ environment_id: used });
    }
  });

  test("seals secrets and tokens for their own places", async () => {
    const { id } = await makeSession(face, {
      secret_env_vars: { KEY: "s3cret" },
      resources: [{ type: "github_repository", url: "https://github.com/o/r", authorization_token: "ghp_s3cret" }],
    });
    const row = await rowOf(id);
    const { db } = face.services.store;
    const [resource] = await db.select().from(sessionResources).where(eq(sessionResources.sessionId, id));
    expect(JSON.stringify([row, resource])).not.toContain("s3cret");
    const { keyring } = face.services;
    expect(JSON.parse(keyring.open(row?.secretsSealed ?? "", sealedField.sessionSecrets(id)))).toEqual({
      KEY: "s3cret",
    });
    expect(keyring.open(resource?.tokenSealed ?? "", sealedField.resourceToken(id, 0))).toBe("ghp_s3cret");
  });

  test("keeps the time limit of its turn, 600 s by default", async () => {
    const limited = await makeSession(face, { timeout: 10 });
    const plain = await makeSession(face);
    const { db } = face.services.store;
    const limits = async (id: string) =>
      (await db.select().from(turns).where(eq(turns.sessionId, id))).map(({ timeoutSeconds }) => timeoutSeconds);
    expect([await limits(limited.id), await limits(plain.id)]).toEqual([[10], [600]]);
  });

  test("takes the deployment's time limit where it names none", async () => {
    await using own = await createFaceApp({ env: { defaultTimeoutSeconds: 42 } });
    const { id } = await makeSession(own);
    await setSession(own, id, "completed", 0);
    await must(own, "POST", `/sessions/${id}/prompt`, { body: { prompt: "" } });
    await setSession(own, id, "completed", 0);
    await must(own, "POST", `/sessions/${id}/prompt`, { body: { prompt: "", timeout: 11 } });
    const rows = await own.services.store.db.select().from(turns).orderBy(turns.turn);
    expect(rows.map(({ timeoutSeconds }) => timeoutSeconds)).toEqual([42, 42, 11]);
  });

  test("the list has all statuses, newest first", async () => {
    const first = await makeSession(face);
    const second = await makeSession(face);
    await terminate(second.id);
    const list = (await must(face, "GET", "/sessions"))["data"] as Json[];
    expect(list.slice(0, 2)).toEqual([await get(second.id), await get(first.id)]);
  });

  test("an agent that a release no longer knows is refused", async () => {
    const { db } = face.services.store;
    const refused = [
      [
        {},
        { runtime: "retired" },
        400,
        "Unknown runtime: retired. Must be one of: ['claude', 'codex', 'gemini', 'opencode']",
      ],
      [{}, { model: "anthropic/claude-1" }, 422, "Unknown model: anthropic/claude-1"],
      [
        {},
        { model: "openai/o3" },
        422,
        "Runtime claude cannot serve model openai/o3: provider openai not in ['anthropic']",
      ],
      [providerAgent, { provider: "kimi" }, 422, "Unknown provider: kimi. Must be one of: ['anthropic', 'openai']"],
    ] as const;
    for (const [body, stored, status, text] of refused) {
      const agent = "provider" in body ? await must(face, "POST", "/agents", { body }) : await makeAgent(face, body);
      await db.update(agents).set(stored).where(eq(agents.id, agent.id));
      const answer = await face.send("POST", "/sessions", { body: { agent_id: agent.id, prompt: "" } });
      expect([answer.status, answer.text]).toEqual([status, JSON.stringify({ detail: text })]);
    }
  });
});

describe("credentials", () => {
  test("are asked for only when the server says so", async () => {
    await using strict = await createFaceApp({
      env: { requireCredentials: true, sessionEnv: { OPENAI_API_KEY: "x" } },
    });
    const start = async (agent: object, body: object = {}) => {
      const { id } = await must(strict, "POST", "/agents", { body: agent });
      return strict.send("POST", "/sessions", { body: { agent_id: id, prompt: "", ...body } });
    };
    const claude = { name: "x", runtime: "claude", model: "anthropic/claude-haiku-4-5" };
    const none = await start(claude);
    expect([none.status, none.text]).toEqual([400, `{"detail":"No API key configured for runtime: claude"}`]);
    const byProvider = await start(providerAgent);
    expect([byProvider.status, byProvider.text]).toEqual([
      400,
      `{"detail":"No API key configured for provider: anthropic"}`,
    ]);
    expect((await start(claude, { secret_env_vars: { ANTHROPIC_API_KEY: "" } })).status).toBe(400);

    const environment = await makeEnvironment(strict, { env_vars: { CLAUDE_CODE_OAUTH_TOKEN: "t" } });
    expect((await start(claude, { environment_id: environment.id })).status).toBe(202);
    expect((await start(claude, { secret_env_vars: { ANTHROPIC_API_KEY: "k" } })).status).toBe(202);
    expect((await start({ name: "x", runtime: "codex", model: "openai/o3" })).status).toBe(202);
    expect((await start({ name: "x", runtime: "opencode", model: "openai/o3" })).status).toBe(202);
    expect((await start({ name: "x", runtime: "gemini", model: "google/gemini-2.5-pro" })).status).toBe(400);
    expect((await start(commandAgent)).status).toBe(202);
  });
});

describe("quota (7.5)", () => {
  const full = (active: number, limit: number) =>
    `{"detail":"Concurrent session limit reached (${active}/${limit}). Terminate an active session before starting a new one.","limit":${limit},"active":${active}}`;

  test("counts the caller's pending and running sessions", async () => {
    await using small = await createFaceApp({ env: { maxConcurrentSessions: 2 } });
    const agent = await makeAgent(small);
    const start = () => small.send("POST", "/sessions", { body: { agent_id: agent.id, prompt: "" } });
    const first = (await start()).body as Json;
    const second = (await start()).body as Json;
    const third = await start();
    expect([third.status, third.text]).toEqual([429, full(2, 2)]);

    const stranger = await small.addOwner();
    await makeSession(small, {}, stranger.key);

    await setSession(small, first.id, "running");
    expect((await start()).text).toBe(full(2, 2));
    await setSession(small, first.id, "completed", 0);
    expect((await start()).status).toBe(202);
    // A prompt is not limited, but makes its session count again.
    expect((await small.send("POST", `/sessions/${first.id}/prompt`, { body: { prompt: "" } })).status).toBe(202);
    expect((await start()).text).toBe(full(3, 2));
    await small.send("POST", `/sessions/${second.id}/terminate`);
    expect((await start()).text).toBe(full(2, 2));
    expect(await small.jobs()).toHaveLength(5);
  });

  test("of an owner wins over the server's; 0 means none of its own", async () => {
    await using small = await createFaceApp({ env: { maxConcurrentSessions: 1 } });
    const agent = await makeAgent(small);
    const start = () => small.send("POST", "/sessions", { body: { agent_id: agent.id, prompt: "" } });
    const setLimit = (limit: number | null) =>
      small.services.store.db.update(owners).set({ maxConcurrentSessions: limit }).where(eq(owners.id, small.ownerId));
    await setLimit(2);
    expect([(await start()).status, (await start()).status, (await start()).text]).toEqual([202, 202, full(2, 2)]);
    await setLimit(0);
    expect((await start()).text).toBe(full(2, 1));
    await setLimit(null);
    expect((await start()).text).toBe(full(2, 1));
  });

  test("holds when requests come at once", async () => {
    await using small = await createFaceApp({ env: { maxConcurrentSessions: 3 } });
    const agent = await makeAgent(small);
    const start = () => small.send("POST", "/sessions", { body: { agent_id: agent.id, prompt: "" } });
    const answers = await Promise.all(Array.from({ length: 12 }, start));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(9);
    expect(await small.jobs()).toHaveLength(3);
  });
});

describe("without a driver", () => {
  test("sessions and turns are refused with 503", async () => {
    await using bare = await createFaceApp({ driver: null });
    const agent = await makeAgent(bare);
    const start = await bare.send("POST", "/sessions", { body: { agent_id: agent.id, prompt: "" } });
    expect([start.status, start.text]).toEqual([503, `{"detail":"Session backend is not configured"}`]);
    expect(await bare.jobs()).toEqual([]);

    const services = { ...bare.services, driver: face.services.driver };
    Object.assign(bare.services, { driver: services.driver });
    const { id } = await makeSession(bare);
    await setSession(bare, id, "completed", 0);
    Object.assign(bare.services, { driver: null });
    const next = await bare.send("POST", `/sessions/${id}/prompt`, { body: { prompt: "" } });
    expect([next.status, next.text]).toEqual([503, `{"detail":"Session backend token is not configured"}`]);
  });
});

describe("POST prompt (7.3)", () => {
  test("starts the next turn of a completed session", async () => {
    const { id } = await makeSession(face, { timeout: 100 });
    await setSession(face, id, "completed", 0);
    const answer = await prompt(id, { prompt: "and then?", timeout: "30" });
    expect([answer.status, answer.text]).toEqual([
      202,
      `{"id":"${id}","status":"pending","stream_url":"/sessions/${id}/stream","current_turn":2}`,
    ]);
    expect(await get(id)).toMatchObject({ status: "pending", exit_code: null, turn_count: 2, current_turn: 2 });
    expect((await turnsOf(id)).map(({ turn_number, prompt: text }) => [turn_number, text])).toEqual([
      [1, "hi"],
      [2, "and then?"],
    ]);
    expect(await face.jobs()).toContainEqual({ sessionId: id, turn: 2 });
  });

  test("the time limit is not inherited", async () => {
    const { id } = await makeSession(face, { timeout: 100 });
    await setSession(face, id, "completed", 0);
    await prompt(id);
    const { db } = face.services.store;
    const rows = await db.select().from(turns).where(eq(turns.sessionId, id)).orderBy(turns.turn);
    expect(rows.map(({ timeoutSeconds }) => timeoutSeconds)).toEqual([100, 600]);
  });

  const refused = [
    ["pending", "Session already has a pending turn"],
    ["running", "Session is already running"],
    ["failed", "Session has failed and cannot be resumed. Start a new session."],
    ["terminated", "Session has been terminated"],
  ] as const;
  test.each(refused)("on a %s session is refused: %s", async (status, text) => {
    const { id } = await makeSession(face);
    await setSession(face, id, status);
    const answer = await prompt(id);
    expect([answer.status, answer.text]).toEqual([409, JSON.stringify({ detail: text })]);
    expect(await turnsOf(id)).toHaveLength(1);
  });

  test("is refused when the sandbox is gone", async () => {
    const { id } = await makeSession(face);
    await setSession(face, id, "completed", 0);
    face.sandboxesAvailable = false;
    const answer = await prompt(id);
    face.sandboxesAvailable = true;
    expect([answer.status, answer.text]).toEqual([
      409,
      `{"detail":"Session backend is no longer available; start a new session."}`,
    ]);
  });

  test("is refused when the sandbox was removed since it was asked for", async () => {
    const { id } = await makeSession(face);
    await setSession(face, id, "completed", 0);
    await face.services.store.db.update(sessions).set({ sandboxRef: null }).where(eq(sessions.id, id));
    expect((await prompt(id)).text).toContain("Session backend is no longer available");
    expect(await turnsOf(id)).toHaveLength(1);
  });

  test("of several at once, one starts a turn", async () => {
    const { id } = await makeSession(face);
    await setSession(face, id, "completed", 0);
    const answers = await Promise.all(["a", "b", "c", "d"].map((text) => prompt(id, { prompt: text })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 409, 409, 409]);
    for (const { status, text } of answers) {
      if (status === 409) expect(text).toBe(`{"detail":"Session already has a pending turn"}`);
    }
    expect(await turnsOf(id)).toHaveLength(2);
    expect((await face.jobs()).filter(({ sessionId }) => sessionId === id)).toHaveLength(2);
  });

  test("checks its fields", async () => {
    const { id } = await makeSession(face);
    await setSession(face, id, "completed", 0);
    expect((await prompt(id, {})).text).toBe(
      `{"detail":[{"type":"missing","loc":["prompt"],"msg":"Field required","input":{}}]}`,
    );
    expect((await prompt(id, { prompt: "", timeout: 9 })).status).toBe(422);
    expect((await prompt(id, { prompt: "" })).status).toBe(202);
  });
});

describe("POST terminate (7.3)", () => {
  test.each(["pending", "running", "completed", "failed"] as const)("ends a %s session for good", async (status) => {
    const { id } = await makeSession(face);
    await setSession(face, id, status, status === "completed" ? 0 : null);
    const answer = await terminate(id);
    expect([answer.status, answer.text]).toEqual([200, `{"id":"${id}","status":"terminated"}`]);
    expect(await get(id)).toMatchObject({ status: "terminated" });
    expect((await rowOf(id))?.sandboxRef).toBeNull();
    expect(face.stopped).toContainEqual({ sessionId: id, sandboxRef: "box" });
    const [turn] = await turnsOf(id);
    expect(turn).toMatchObject({ status: status === "completed" ? "completed" : "failed" });
    const stream = await face.send("GET", `/sessions/${id}/stream`);
    expect(stream.text).toMatch(/id: 1\ndata: {"type":"terminated","id":1,"message":"Session terminated"/);
    const again = await terminate(id);
    expect([again.status, again.text]).toEqual([409, `{"detail":"Session is already terminated"}`]);
  });

  test("wins against the worker of the turn", async () => {
    const { id } = await makeSession(face);
    await setSession(face, id, "running");
    const { db } = face.services.store;
    await db.update(turns).set({ attempt: 1 }).where(eq(turns.sessionId, id));
    const append = (data: string) =>
      face.services.log.append({
        sessionId: id,
        fence: { turn: 1, attempt: 1 },
        entries: [{ type: "output", turn: 1, fields: { stream: "stdout", data, turn: 1 } }],
      });
    await append("before");
    await terminate(id);
    await expect(append("after")).rejects.toThrow(StaleFenceError);
    const stream = await face.send("GET", `/sessions/${id}/stream`);
    expect(stream.text).toContain("before");
    expect(stream.text).not.toContain("after");
    expect(stream.text.match(/"type":"terminated"/g)).toHaveLength(1);
  });

  test("of several at once, one ends it", async () => {
    const { id } = await makeSession(face);
    const answers = await Promise.all([terminate(id), terminate(id), terminate(id)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
    const events = await face.services.log.read({ sessionId: id, after: 0, limit: 10 });
    expect(events).toHaveLength(1);
  });
});

describe("DELETE (7.3)", () => {
  test.each(["completed", "failed", "terminated"] as const)("removes a %s session with all it has", async (status) => {
    const resources = [{ type: "github_repository", url: "https://github.com/o/r" }];
    const { id } = await makeSession(face, { resources });
    await setSession(face, id, status);
    const answer = await remove(id);
    expect([answer.status, answer.text]).toEqual([200, `{"detail":"Session deleted"}`]);
    for (const path of ["", "/turns", "/stream"]) {
      expect((await face.send("GET", `/sessions/${id}${path}`)).text).toBe(`{"detail":"Session not found"}`);
    }
    const { db } = face.services.store;
    expect(await db.select().from(turns).where(eq(turns.sessionId, id))).toEqual([]);
    expect(await db.select().from(sessionResources).where(eq(sessionResources.sessionId, id))).toEqual([]);
    expect(face.stopped).toContainEqual({ sessionId: id, sandboxRef: "box" });
  });

  test.each(["pending", "running"] as const)("refuses a %s session", async (status) => {
    const { id } = await makeSession(face);
    await setSession(face, id, status);
    const answer = await remove(id);
    expect([answer.status, answer.text]).toEqual([409, `{"detail":"Cannot delete an active session"}`]);
  });
});
