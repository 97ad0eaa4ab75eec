import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFaceApp, type FaceApp } from "../../../test/support/face-app.ts";
import {
  commandAgent,
  makeAgent,
  makeEnvironment,
  must,
  providerAgent,
  runtimeAgent,
  type Json,
} from "../../../test/support/face-steps.ts";

let face: FaceApp;
beforeAll(async () => {
  face = await createFaceApp();
});
afterAll(() => face[Symbol.asyncDispose]());

const post = async (body: object) => face.send("POST", "/agents", { body });
const put = async (id: string, body: object) => face.send("PUT", `/agents/${id}`, { body });
const get = async (id: string) => must(face, "GET", `/agents/${id}`);
const versions = async (id: string) => (await must(face, "GET", `/agents/${id}/versions`))["data"] as Json[];
const archive = async (id: string) => face.send("POST", `/agents/${id}/archive`);

describe("the two dialects (8.1)", () => {
  const accepted = [
    ["claude", "anthropic/claude-opus-4-6", "anthropic"],
    ["codex", "openai/gpt-4.1", "openai"],
    ["gemini", "google/gemini-2.5-pro", "google"],
    ["opencode", "anthropic/claude-haiku-4-5", "anthropic"],
    ["opencode", "openai/o4-mini", "openai"],
    ["opencode", "google/gemini-2.5-flash", "google"],
  ] as const;
  test.each(accepted)("runtime %s keeps %s and belongs to %s", async (runtime, model, provider) => {
    expect(await makeAgent(face, { runtime, model })).toMatchObject({ runtime, model, provider });
    expect(await makeAgent(face, { runtime, model, provider })).toMatchObject({ runtime, model, provider });
  });

  const byProvider = [
    ["anthropic", "claude-sonnet-4-6", "claude-sonnet-4-6", "claude"],
    ["anthropic", "anthropic/claude-next", "claude-next", "claude"],
    [" openai ", " gpt-9 ", "gpt-9", "codex"],
    ["openai", "openai/ gpt-9", "gpt-9", "codex"],
    ["openai", "azure/gpt-9", "azure/gpt-9", "codex"],
    ["openai", "openai/azure/gpt-9", "azure/gpt-9", "codex"],
  ] as const;
  test.each(byProvider)("provider %j with %j stores %s on %s", async (provider, model, bare, runtime) => {
    const agent = await must(face, "POST", "/agents", { body: { name: "x", provider, model } });
    expect(agent).toMatchObject({ provider: provider.trim(), model: bare, runtime });
  });

  test("a runtime of null beside a provider counts as none", async () => {
    const agent = await must(face, "POST", "/agents", { body: { ...providerAgent, runtime: null } });
    expect(agent).toMatchObject({ runtime: "claude", model: providerAgent.model });
  });

  test("a command agent that gets a provider needs a model of it", async () => {
    const { id } = await makeAgent(face, commandAgent);
    const answer = await put(id, { version: 1, provider: "anthropic" });
    expect([answer.status, answer.text]).toEqual([422, `{"detail":"Model must be a non-empty string"}`]);
    const changed = await put(id, { version: 1, provider: "anthropic", model: "claude-next" });
    expect(changed.body).toMatchObject({ runtime: "claude", provider: "anthropic", model: "claude-next" });
  });

  const refused = [
    [
      { ...runtimeAgent, runtime: "cursor" },
      400,
      "Unknown runtime: cursor. Must be one of: ['claude', 'codex', 'gemini', 'opencode']",
    ],
    [
      { ...runtimeAgent, runtime: "claude", model: "openai/o3" },
      422,
      "Runtime claude cannot serve model openai/o3: provider openai not in ['anthropic']",
    ],
    [
      { ...runtimeAgent, runtime: "gemini" },
      422,
      "Runtime gemini cannot serve model anthropic/claude-sonnet-4-6: provider anthropic not in ['google']",
    ],
    [
      { ...runtimeAgent, provider: "openai" },
      422,
      "Runtime claude cannot serve model anthropic/claude-sonnet-4-6: provider openai not in ['anthropic']",
    ],
    [
      { ...runtimeAgent, runtime: "opencode", provider: "openai" },
      422,
      "Model provider prefix 'anthropic' does not match provider 'openai'",
    ],
    [
      { ...providerAgent, provider: "google" },
      422,
      "Unknown provider: google. Must be one of: ['anthropic', 'openai']",
    ],
    [{ ...providerAgent, provider: "" }, 422, "Unknown provider: . Must be one of: ['anthropic', 'openai']"],
    [
      { ...providerAgent, model: "openai/o3" },
      422,
      "Model provider prefix 'openai' does not match provider 'anthropic'",
    ],
    [{ ...providerAgent, model: "kimi/k2" }, 422, "Model provider prefix 'kimi' does not match provider 'anthropic'"],
    [{ ...providerAgent, model: "anthropic/" }, 422, "Model must be a non-empty string"],
    [{ ...providerAgent, model: "anthropic/ " }, 422, "Model must be a non-empty string"],
    [
      { ...commandAgent, provider: "openai" },
      422,
      "Runtime command cannot serve model command: provider openai not in ['command']",
    ],
  ] as const;
  test.each(refused.map(([body, status, text]) => ({ body, status, text })))(
    "$text",
    async ({ body, status, text }) => {
      const answer = await post(body);
      expect([answer.status, answer.text]).toEqual([status, JSON.stringify({ detail: text })]);
    },
  );

  test("the command runtime needs neither model nor command", async () => {
    const plain = await must(face, "POST", "/agents", { body: commandAgent });
    expect(plain).toMatchObject({ runtime: "command", provider: "command", model: "command", command: ["bash"] });
    const command = ["sh", "-c", "cat"];
    const own = await must(face, "POST", "/agents", {
      body: { ...commandAgent, command, model: "any", provider: "command" },
    });
    expect(own).toMatchObject({ model: "any", command });
    expect(await makeAgent(face)).not.toHaveProperty("command");
  });
});

describe("answers (4)", () => {
  test("an agent has its keys in order, null for empty texts and times with microseconds", async () => {
    const answer = await post({ ...runtimeAgent, system: "", description: "d", metadata: { team: "x" } });
    const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00/g;
    const text = answer.text.replace(/"id":"[^"]+"/, '"id":"ID"').replace(time, "TIME");
    expect(text).toBe(
      '{"id":"ID","type":"agent","name":"hello","description":"d","system":null,"provider":"anthropic",' +
        '"model":"anthropic/claude-sonnet-4-6","runtime":"claude","environment_id":null,"skills":[],"mcp_servers":[],' +
        '"metadata":{"team":"x"},"version":1,"created_at":"TIME","updated_at":"TIME","archived_at":null}',
    );
  });

  test("times keep their microseconds, also when there are none", async () => {
    const { id } = await makeAgent(face);
    await face.services.store.db.execute(
      sql`update agents set created_at = '2026-04-17T16:00:00+02:00', updated_at = '2026-04-17T14:00:00.000007Z' where id = ${id}`,
    );
    expect(await get(id)).toMatchObject({
      created_at: "2026-04-17T14:00:00.000000+00:00",
      updated_at: "2026-04-17T14:00:00.000007+00:00",
    });
  });

  test("the list has the newest first and no archived ones", async () => {
    const first = await makeAgent(face);
    const second = await makeAgent(face);
    const gone = await makeAgent(face);
    await archive(gone.id);
    const { data } = (await must(face, "GET", "/agents")) as unknown as { data: Json[] };
    expect(data.slice(0, 2).map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(data.map(({ id }) => id)).not.toContain(gone.id);
    expect(data[0]).toEqual(await get(second.id));
  });
});

describe("PUT (3.2, 7.1)", () => {
  test("a change makes version 2 and keeps version 1", async () => {
    const agent = await makeAgent(face, { metadata: { a: "1" } });
    const changed = await put(agent.id, { version: "1", name: "renamed", system: "be terse" });
    expect(changed.body).toMatchObject({ version: 2, name: "renamed", system: "be terse" });
    const { updated_at: _, archived_at: __, ...first } = agent;
    const [newest, oldest, ...rest] = await versions(agent.id);
    expect(rest).toEqual([]);
    expect(oldest).toEqual(first);
    expect(newest).toMatchObject({
      id: agent.id,
      version: 2,
      name: "renamed",
      created_at: expect.stringContaining("+00:00") as string,
    });
    expect(newest).not.toHaveProperty("updated_at");
  });

  const unchanged = [
    {},
    { name: "hello" },
    {
      name: null,
      system: null,
      description: null,
      skills: null,
      mcp_servers: null,
      metadata: null,
      runtime: null,
      model: null,
    },
    { metadata: {} },
    { metadata: { nope: "" } },
    { metadata: { k: "v" } },
    { runtime: "claude", model: runtimeAgent.model },
    { environment_id: null },
    { environment_id: "" },
    { system: "" },
  ];
  test.each(unchanged)("%j changes nothing and keeps the version", async (body) => {
    const agent = await makeAgent(face, { metadata: { k: "v" } });
    const answer = await put(agent.id, { version: 1, ...body });
    expect([answer.status, answer.body]).toEqual([200, agent]);
    expect(await versions(agent.id)).toHaveLength(1);
  });

  test("metadata is merged by key, and an empty text removes one", async () => {
    const { id } = await makeAgent(face, { metadata: { keep: "1", change: "1", drop: "1", empty: "" } });
    const { body } = await put(id, { version: 1, metadata: { change: "2", drop: "", add: { x: 1 } } });
    expect((body as Json)["metadata"]).toEqual({ keep: "1", change: "2", add: { x: 1 }, empty: "" });
  });

  test("lists are replaced whole, and texts can be cleared", async () => {
    const server = { name: "a", url: "https://a", type: "url" };
    const skill = { name: "s", description: "d", content: "c" };
    const { id } = await makeAgent(face, { mcp_servers: [server], skills: [skill], system: "s", description: "d" });
    const { body } = await put(id, { version: 1, mcp_servers: [], skills: [], system: "", description: "" });
    expect(body).toMatchObject({ mcp_servers: [], skills: [], system: null, description: null, version: 2 });
  });

  test("null detaches the environment, a key left out leaves it", async () => {
    const environment = await makeEnvironment(face);
    const { id } = await makeAgent(face, { environment_id: environment.id });
    expect((await put(id, { version: 1, name: "n" })).body).toMatchObject({ environment_id: environment.id });
    expect((await put(id, { version: 2, environment_id: null })).body).toMatchObject({
      environment_id: null,
      version: 3,
    });
    expect((await put(id, { version: 3, environment_id: environment.id.toUpperCase() })).body).toMatchObject({
      environment_id: environment.id,
    });
    expect((await put(id, { version: 4, environment_id: "" })).body).toMatchObject({ environment_id: null });
  });

  test("a stale version is refused", async () => {
    const { id } = await makeAgent(face);
    const answer = await put(id, { version: 7, name: "x" });
    expect([answer.status, answer.text]).toEqual([409, `{"detail":"Version mismatch: expected 1, got 7"}`]);
  });

  test("of two changes at once, one wins", async () => {
    const { id } = await makeAgent(face);
    const answers = await Promise.all(["a", "b", "c", "d"].map((name) => put(id, { version: 1, name })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409]);
    expect(await versions(id)).toHaveLength(2);
  });

  test("follows the dialect of the request, else that of the last writer", async () => {
    const { id } = await makeAgent(face);
    const changes = [
      [{ model: "anthropic/claude-opus-4-6" }, { model: "anthropic/claude-opus-4-6", runtime: "claude" }],
      [
        { runtime: "codex", model: "openai/o3" },
        { model: "openai/o3", provider: "openai", runtime: "codex" },
      ],
      [{ provider: "openai" }, { model: "o3", provider: "openai", runtime: "codex" }],
      [{ model: "gpt-next" }, { model: "gpt-next", provider: "openai", runtime: "codex" }],
      [
        { provider: "anthropic", model: "claude-haiku-4-5" },
        { model: "claude-haiku-4-5", runtime: "claude" },
      ],
      [{ runtime: "opencode" }, { model: "anthropic/claude-haiku-4-5", provider: "anthropic", runtime: "opencode" }],
      [
        { runtime: "command", command: ["cat"] },
        { model: "command", provider: "command", command: ["cat"] },
      ],
      [{ command: ["tac"] }, { command: ["tac"] }],
      [
        { runtime: "claude", model: "anthropic/claude-haiku-4-5" },
        { runtime: "claude", provider: "anthropic" },
      ],
    ] as const;
    for (const [index, [body, expected]] of changes.entries()) {
      const answer = await put(id, { version: index + 1, ...body });
      expect(answer.body, answer.text).toMatchObject({ ...expected, version: index + 2 });
    }
    expect(await get(id)).not.toHaveProperty("command");
  });

  const refused = [
    [{ runtime: "x" }, 400, "Unknown runtime: x. Must be one of: ['claude', 'codex', 'gemini', 'opencode']"],
    [
      { runtime: "codex" },
      422,
      "Runtime codex cannot serve model anthropic/claude-sonnet-4-6: provider anthropic not in ['openai']",
    ],
    [{ provider: "openai" }, 422, "Model provider prefix 'anthropic' does not match provider 'openai'"],
    [{ provider: "x" }, 422, "Unknown provider: x. Must be one of: ['anthropic', 'openai']"],
  ] as const;
  test.each(refused.map(([body, status, text]) => ({ body, status, text })))(
    "$text",
    async ({ body, status, text }) => {
      const { id } = await makeAgent(face);
      const answer = await put(id, { version: 1, ...body });
      expect([answer.status, answer.text]).toEqual([status, JSON.stringify({ detail: text })]);
      expect(await get(id)).toMatchObject({ version: 1 });
    },
  );
});

describe("archive (7.2)", () => {
  test("hides the agent, blocks changes and new use, and cannot be repeated or undone", async () => {
    const agent = await makeAgent(face);
    const archived = (await archive(agent.id)).body as Json;
    expect(archived).toMatchObject({ version: 1, archived_at: expect.stringMatching(/\.\d{6}\+00:00$/) as string });
    expect(await get(agent.id)).toEqual(archived);
    expect(await versions(agent.id)).toHaveLength(1);
    const again = await archive(agent.id);
    expect([again.status, again.text]).toEqual([409, `{"detail":"Agent is already archived"}`]);
    const change = await put(agent.id, { version: 1, name: "x" });
    expect([change.status, change.text]).toEqual([409, `{"detail":"Cannot update an archived agent"}`]);
    const session = await face.send("POST", "/sessions", { body: { agent_id: agent.id, prompt: "" } });
    expect([session.status, session.text]).toEqual([409, `{"detail":"Cannot create session with archived agent"}`]);
  });

  test("needs no body and does not look at one", async () => {
    const { id } = await makeAgent(face);
    expect((await face.send("POST", `/agents/${id}/archive`, { raw: "{nope" })).status).toBe(200);
  });

  test("an archived environment cannot be assigned", async () => {
    const environment = await makeEnvironment(face);
    await must(face, "POST", `/environments/${environment.id}/archive`);
    const text = `{"detail":"Cannot assign an archived environment to an agent"}`;
    const made = await post({ ...runtimeAgent, environment_id: environment.id });
    expect([made.status, made.text]).toEqual([409, text]);
    const { id } = await makeAgent(face);
    const changed = await put(id, { version: 1, environment_id: environment.id });
    expect([changed.status, changed.text]).toEqual([409, text]);
  });
});
