import { expect, test } from "vitest";
import { json, startServer } from "../../test/support/http-server.ts";
import { agent, without } from "../../test/support/payloads.ts";
import { clientOf, failureOf } from "../../test/support/test-client.ts";

const bodyOf = (received: { body: string } | undefined): unknown => JSON.parse(received?.body ?? "null");

test("lists agents in order", async () => {
  const server = await startServer(json(200, { data: [agent, { ...agent, id: "second" }] }));
  const agents = await clientOf(server).agents.list();
  expect(agents.map(({ id }) => id)).toEqual([agent.id, "second"]);
  expect(server.received[0]).toMatchObject({ method: "GET", url: "/agents" });
});

test("reads a whole agent; free keys keep their own names", async () => {
  const server = await startServer(json(200, agent));
  expect(await clientOf(server).agents.get(agent.id)).toEqual({
    id: agent.id,
    type: "agent",
    name: "hello",
    description: null,
    system: "You are terse.",
    provider: "anthropic",
    model: "anthropic/claude-sonnet-4-6",
    runtime: "claude",
    environmentId: agent.environment_id,
    skills: agent.skills,
    mcpServers: agent.mcp_servers,
    metadata: { team_name: "core", nestedValue: { snake_case: 1 } },
    version: 3,
    createdAt: agent.created_at,
    updatedAt: agent.updated_at,
    archivedAt: null,
  });
  expect(server.received[0]).toMatchObject({ method: "GET", url: `/agents/${agent.id}` });
});

test("reads the agents of servers that know one dialect only", async () => {
  const server = await startServer(
    json(200, without(agent, "provider")),
    json(200, { ...without(agent, "runtime"), model: "gpt-4.1", provider: "openai" }),
    json(200, { ...without(agent, "provider"), runtime: "opencode", model: "google/gemini-2.5-pro" }),
    json(200, { ...without(agent, "provider"), runtime: "other", model: "x" }),
  );
  const { agents } = clientOf(server);
  expect(await agents.get("1")).toMatchObject({ runtime: "claude", provider: "anthropic" });
  expect(await agents.get("2")).toMatchObject({ runtime: "codex", provider: "openai" });
  expect(await agents.get("3")).toMatchObject({ runtime: "opencode", provider: "google" });
  expect(await agents.get("4")).toMatchObject({ runtime: "other", provider: "other" });
});

test("keeps fields of newer servers under their own names", async () => {
  const server = await startServer(json(200, { ...agent, cost_limit: { per_day: 1 } }));
  expect(await clientOf(server).agents.get("1")).toMatchObject({ cost_limit: { per_day: 1 } });
});

test("fills what an older server leaves out", async () => {
  const server = await startServer(
    json(200, without(agent, "skills", "mcp_servers", "metadata", "system", "archived_at")),
  );
  const expected = { skills: [], mcpServers: [], metadata: {}, system: null, archivedAt: null };
  expect(await clientOf(server).agents.get("1")).toMatchObject(expected);
});

test("creates with the required fields and nothing else", async () => {
  const server = await startServer(json(201, agent));
  await clientOf(server).agents.create({ name: "hello", model: "anthropic/claude-sonnet-4-6", runtime: "claude" });
  expect(server.received[0]).toMatchObject({
    method: "POST",
    url: "/agents",
    headers: { "content-type": "application/json", "idempotency-key": expect.stringMatching(/^\w{32}$/) as string },
  });
  expect(bodyOf(server.received[0])).toEqual({
    name: "hello",
    model: "anthropic/claude-sonnet-4-6",
    runtime: "claude",
  });
});

test("creates with everything, under the names of the wire; undefined is left out, null is sent", async () => {
  const server = await startServer(json(201, agent));
  await clientOf(server).agents.create({
    name: "hello",
    model: "claude-sonnet-4-6",
    provider: "anthropic",
    system: "You are terse.",
    description: undefined,
    environmentId: null,
    skills: [
      { name: "review", description: "How", content: "# Review" },
      { type: "github", source: "owner/repo", description: "One", name: "lint" },
      { type: "github", source: "owner/repo", description: "All", name: undefined },
    ],
    mcpServers: [
      { type: "url", name: "docs", url: "https://x", headers: { "X-Api_Key": "h", camelCase: "h" } },
      { type: "stdio", name: "db", command: "mcp-db", args: ["--ro"], env: { camelCase: "e", DB_URL: "e" } },
      { name: "bare", url: "https://y" },
    ],
    metadata: { camelCase: 1, snake_case: { innerKey: null } },
  });
  expect(bodyOf(server.received[0])).toEqual({
    name: "hello",
    model: "claude-sonnet-4-6",
    provider: "anthropic",
    system: "You are terse.",
    environment_id: null,
    skills: [
      { name: "review", description: "How", content: "# Review" },
      { type: "github", source: "owner/repo", description: "One", name: "lint" },
      { type: "github", source: "owner/repo", description: "All" },
    ],
    mcp_servers: [
      { type: "url", name: "docs", url: "https://x", headers: { "X-Api_Key": "h", camelCase: "h" } },
      { type: "stdio", name: "db", command: "mcp-db", args: ["--ro"], env: { camelCase: "e", DB_URL: "e" } },
      { name: "bare", url: "https://y" },
    ],
    metadata: { camelCase: 1, snake_case: { innerKey: null } },
  });
});

test("creates an agent of a program of one's own", async () => {
  const server = await startServer(json(201, { ...agent, runtime: "command", provider: "command", command: ["sh"] }));
  const created = await clientOf(server).agents.create({ name: "sh", runtime: "command", command: ["sh"] });
  expect(bodyOf(server.received[0])).toEqual({ name: "sh", runtime: "command", command: ["sh"] });
  expect(created.command).toEqual(["sh"]);
});

test("passes fields on that this version does not know", async () => {
  const server = await startServer(json(201, agent));
  const params = { name: "x", model: "m", runtime: "claude", cost_limit: 3 };
  await clientOf(server).agents.create(params);
  expect(bodyOf(server.received[0])).toEqual({ name: "x", model: "m", runtime: "claude", cost_limit: 3 });
});

test("updates with the version and what is given; null detaches the environment", async () => {
  const server = await startServer(json(200, { ...agent, version: 4, environment_id: null }));
  const { agents } = clientOf(server);
  const updated = await agents.update("a", { version: 3, name: "renamed", environmentId: null, system: undefined });
  expect(server.received[0]).toMatchObject({ method: "PUT", url: "/agents/a" });
  expect(bodyOf(server.received[0])).toEqual({ version: 3, name: "renamed", environment_id: null });
  expect(updated).toMatchObject({ version: 4, environmentId: null });
});

test("updates skills and MCP servers as they are created", async () => {
  const server = await startServer(json(200, agent));
  await clientOf(server).agents.update("a", {
    version: 1,
    skills: [{ type: "github", source: "o/r", description: "d" }],
    mcpServers: [{ type: "stdio", name: "n", command: "c" }],
  });
  expect(bodyOf(server.received[0])).toEqual({
    version: 1,
    skills: [{ type: "github", source: "o/r", description: "d" }],
    mcp_servers: [{ type: "stdio", name: "n", command: "c" }],
  });
});

test("archives", async () => {
  const server = await startServer(json(200, { ...agent, archived_at: "2026-05-01T00:00:00.000000+00:00" }));
  const archived = await clientOf(server).agents.archive("a");
  expect(archived.archivedAt).toBe("2026-05-01T00:00:00.000000+00:00");
  expect(server.received[0]).toMatchObject({ method: "POST", url: "/agents/a/archive", body: "" });
});

test("lists versions, which have no updatedAt and archivedAt", async () => {
  const server = await startServer(json(200, { data: [without(agent, "updated_at", "archived_at")] }));
  const [version] = await clientOf(server).agents.versions("a");
  expect(version).toMatchObject({ id: agent.id, version: 3, createdAt: agent.created_at });
  expect(Object.keys(version ?? {})).not.toEqual(expect.arrayContaining(["updatedAt"]));
  expect(Object.keys(version ?? {})).not.toEqual(expect.arrayContaining(["archivedAt"]));
  expect(server.received[0]).toMatchObject({ method: "GET", url: "/agents/a/versions" });
});

test.each([
  [404, "Agent not found", "NotFoundError"],
  [409, "Version mismatch: expected 2, got 1", "ConflictError"],
  [409, "Agent is already archived", "ConflictError"],
  [422, [{ type: "missing", loc: ["name"], msg: "Field required", input: {} }], "ValidationError"],
])("ends a %i with the detail as it came", async (status, detail, name) => {
  const server = await startServer(json(status, { detail }));
  const error = await failureOf(clientOf(server).agents.update("a", { version: 1, name: "x" }));
  expect(error).toMatchObject({ name, status, detail, method: "PUT", url: `${server.url}/agents/a` });
  expect(server.received).toHaveLength(1);
});

test("keeps secrets of MCP servers out of errors", async () => {
  const server = await startServer((response, { body }) => {
    response.writeHead(422).end(JSON.stringify({ detail: `refused: ${body}` }));
  });
  const error = await failureOf(
    clientOf(server).agents.create({
      name: "n",
      model: "m",
      runtime: "claude",
      mcpServers: [
        { type: "url", name: "a", url: "https://a", headers: { "X-Key": "header-secret" } },
        { type: "stdio", name: "b", command: "b", env: { B_KEY: "env-secret" } },
      ],
    }),
  );
  const shown = JSON.stringify([(error as Error).message, error]);
  expect(shown).toContain("refused");
  expect(shown).not.toMatch(/header-secret|env-secret/);
});
