import { expect, test } from "vitest";
import { runCommand } from "../../../test/support/run-command.ts";
import { startScriptedServer } from "../../../test/support/scripted-server.ts";

const agent = {
  id: "3f2a0000-0000-4000-8000-000000000001",
  type: "agent",
  name: "hello",
  description: null,
  system: null,
  provider: "anthropic",
  model: "anthropic/claude-sonnet-4-6",
  runtime: "claude",
  environment_id: null,
  skills: [],
  mcp_servers: [],
  metadata: { team_name: "a" },
  version: 4,
  created_at: "2026-11-23T09:00:00.000000+00:00",
  updated_at: "2026-11-23T09:00:00.000000+00:00",
  archived_at: null,
};
const other = { ...agent, id: "3f2b0000-0000-4000-8000-000000000002", name: "other" };

const env = (url: string) => ({ AOD_API_URL: url, AOD_API_TOKEN: "aod_test" });

test("lists agents as a table", async () => {
  await using server = await startScriptedServer({ "GET /agents": { json: { data: [agent, other] } } });
  const { code, stdout, stderr } = await runCommand(["agents", "list"], { env: env(server.url) });
  expect(stdout).toBe(
    [
      "ID                                    NAME   RUNTIME  VERSION  CREATED  MODEL",
      "3f2a0000-0000-4000-8000-000000000001  hello  claude   4        3h ago   anthropic/claude-sonnet-4-6",
      "3f2b0000-0000-4000-8000-000000000002  other  claude   4        3h ago   anthropic/claude-sonnet-4-6",
      "",
    ].join("\n"),
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(server.seen[0]?.authorization).toBe("Bearer aod_test");
});

test("prints exactly the wire's fields under --json, free keys untouched", async () => {
  await using server = await startScriptedServer({
    "GET /agents": { json: { data: [{ ...agent, newField: 1, new_field: 2 }] } },
  });
  const { stdout } = await runCommand(["agents", "list", "--json"], { env: env(server.url) });
  expect(JSON.parse(stdout)).toEqual({ data: [{ ...agent, newField: 1, new_field: 2 }] });
});

test.each(["hello", "3f2a", "3F2A0000", agent.id])("finds an agent by %s", async (ref) => {
  await using server = await startScriptedServer({
    "GET /agents": { json: { data: [agent, other] } },
    [`GET /agents/${agent.id}`]: { json: agent },
  });
  const { code, stdout } = await runCommand(["agents", "get", ref, "--json"], { env: env(server.url) });
  expect(JSON.parse(stdout)).toEqual(agent);
  expect(code).toBe(0);
});

test("refuses a reference that could be several agents, naming them", async () => {
  await using server = await startScriptedServer({ "GET /agents": { json: { data: [agent, other] } } });
  const { code, stderr } = await runCommand(["agents", "get", "3f2"], { env: env(server.url) });
  expect(code).toBe(2);
  expect(stderr).toBe(`error: "3f2" could be any of 2: ${agent.id}, ${other.id}\nGive more of the id.\n`);
});

test("says how to go on when nothing matches", async () => {
  await using server = await startScriptedServer({ "GET /agents": { json: { data: [] } } });
  const { code, stderr } = await runCommand(["agents", "get", "nobody"], { env: env(server.url) });
  expect(code).toBe(1);
  expect(stderr).toContain('Nothing in "aod agents list" matches "nobody".');
});

test("suggests the agent that was likely meant", async () => {
  await using server = await startScriptedServer({ "GET /agents": { json: { data: [agent] } } });
  const { stderr } = await runCommand(["agents", "get", "helo"], { env: env(server.url) });
  expect(stderr).toContain("Did you mean hello?");
});

test("creates an agent from a file, flags on top", async () => {
  await using server = await startScriptedServer({ "POST /agents": { status: 201, json: agent } });
  const file = JSON.stringify({
    name: "file",
    runtime: "claude",
    model: "m",
    mcp_servers: [{ name: "x", url: "http://x" }],
  });
  const { code } = await runCommand(["agents", "create", "--file", "-", "--name", "flag"], {
    env: env(server.url),
    readStdin: () => Promise.resolve(file),
  });
  expect(code).toBe(0);
  expect(server.seen[0]?.body).toEqual({
    name: "flag",
    runtime: "claude",
    model: "m",
    mcp_servers: [{ name: "x", url: "http://x" }],
  });
});

test("takes the program from behind --, but not from two places", async () => {
  await using server = await startScriptedServer({ "POST /agents": { status: 201, json: agent } });
  const create = (...argv: string[]) =>
    runCommand(["agents", "create", "--name", "n", ...argv], { env: env(server.url) });
  expect((await create("--runtime", "command", "--", "sh", "-c", "echo hi")).code).toBe(0);
  expect(server.seen[0]?.body).toEqual({ name: "n", runtime: "command", command: ["sh", "-c", "echo hi"] });
  expect(await create("--command", "a", "--", "b")).toMatchObject({ code: 2 });
});

test("asks for a name before any request", async () => {
  await using server = await startScriptedServer({});
  const { code, stderr } = await runCommand(["agents", "create", "--runtime", "claude"], { env: env(server.url) });
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: "error: An agent needs a name.\nGive it with --name, or in the file.\n",
  });
  expect(server.seen).toEqual([]);
});

test.each([
  ["Field required", "model: Field required"],
  ["Value error, Unknown model: m.", "model: Unknown model: m."],
  ["Value error, model must be short", "model must be short"],
])("names the field that the server refuses: %s", async (msg, expected) => {
  const detail = [{ type: "value_error", loc: ["model"], msg, input: {} }];
  await using server = await startScriptedServer({ "POST /agents": { status: 422, json: { detail } } });
  const argv = ["agents", "create", "--name", "n", "--runtime", "claude"];
  const { code, stderr } = await runCommand(argv, { env: env(server.url) });
  expect({ code, stderr }).toEqual({ code: 1, stderr: `error: The server refused a field: ${expected}\n` });
});

test("updates on top of the current version, and detaches the environment with null", async () => {
  await using server = await startScriptedServer({
    "GET /agents": { json: { data: [agent] } },
    [`GET /agents/${agent.id}`]: { json: agent },
    [`PUT /agents/${agent.id}`]: { json: { ...agent, version: 5 } },
  });
  const argv = ["agents", "update", "hello", "--name", "new", "--no-environment", "--json"];
  const { code, stdout } = await runCommand(argv, { env: env(server.url) });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ version: 5 });
  expect(server.seen.at(-1)?.body).toEqual({ version: 4, name: "new", environment_id: null });
});

test("explains a version that is no longer current", async () => {
  await using server = await startScriptedServer({
    [`PUT /agents/${agent.id}`]: { status: 409, json: { detail: "Version mismatch: expected 4, got 1" } },
  });
  const argv = ["agents", "update", agent.id, "--name", "new", "--expect-version", "1"];
  const { code, stderr } = await runCommand(argv, { env: env(server.url) });
  expect(code).toBe(1);
  expect(stderr).toBe(
    "error: Version mismatch: expected 4, got 1\nIt was changed meanwhile. Look at it again, then repeat.\n",
  );
});

test("archives an agent and lists its versions", async () => {
  const { updated_at: _updated, archived_at: _archived, ...version } = agent;
  await using server = await startScriptedServer({
    [`POST /agents/${agent.id}/archive`]: { json: { ...agent, archived_at: agent.created_at } },
    [`GET /agents/${agent.id}/versions`]: { json: { data: [version] } },
  });
  const archived = await runCommand(["agents", "archive", agent.id], { env: env(server.url) });
  expect(archived).toEqual({ code: 0, stdout: `Archived ${agent.id}\n`, stderr: "" });
  const versions = await runCommand(["agents", "versions", agent.id, "--json"], { env: env(server.url) });
  expect(JSON.parse(versions.stdout)).toEqual({ data: [version] });
});
