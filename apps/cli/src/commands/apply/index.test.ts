import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "../../../test/support/run-command.ts";
import { parseManifest } from "./manifest.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "aod-apply-"));
});
afterEach(() => rm(folder, { recursive: true }));

type Row = Record<string, unknown> & { id: string; name: string; version: number };

/**
 * Keeps agents and environments as a server does: versions count real changes, variables are not shown, MCP servers get
 * their type, models that are named with their provider are bare. Refuses whatever is called "bad".
 */
async function startKeepingServer() {
  const rows: Record<string, Row[]> = { agents: [], environments: [] };
  const sealed = new Map<string, string>();
  const writes: string[] = [];
  const bodies: Record<string, unknown>[] = [];
  const stored = (fields: Record<string, unknown>): Record<string, unknown> => {
    const { mcp_servers: mcpServers, provider, model } = fields;
    if (Array.isArray(mcpServers)) fields["mcp_servers"] = mcpServers.map((each: object) => ({ type: "url", ...each }));
    if (typeof provider === "string") fields["model"] = String(model).replace(`${provider}/`, "");
    return fields;
  };
  const server = createServer((request, response) => {
    void (async () => {
      let text = "";
      for await (const chunk of request) text += String(chunk);
      const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
      const [, kind = "", id] = (request.url ?? "").split("/");
      const list = rows[kind] ?? [];
      const { env_vars: variables, version: _version, ...fields } = body;
      let answer: unknown = { data: list };
      if (request.method !== "GET") bodies.push({ ...fields });
      if (fields["name"] === "bad" || fields["system"] === "bad") {
        response.statusCode = 422;
        answer = {
          detail: [{ type: "value_error", loc: ["model"], msg: "Value error, Unknown model: m.", input: "m" }],
        };
      } else if (request.method === "POST") {
        const row = { id: `${kind}-${list.length + 1}`, ...stored(fields), version: 1 } as unknown as Row;
        list.push(row);
        sealed.set(row.id, JSON.stringify(variables));
        answer = row;
      } else if (request.method === "PUT") {
        const row = list.find((each) => each.id === id)!;
        const before = JSON.stringify([row, sealed.get(row.id)]);
        Object.assign(row, stored({ ...row, ...fields }));
        if (variables !== undefined) sealed.set(row.id, JSON.stringify(variables));
        if (JSON.stringify([row, sealed.get(row.id)]) !== before) row.version++;
        answer = row;
      }
      if (request.method !== "GET") writes.push(`${request.method} /${kind}`);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(answer));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    rows,
    writes,
    bodies,
    env: {
      AOD_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AOD_API_TOKEN: "aod_test",
      TOKEN: "s3cret",
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const manifest = `
agents:
  - name: reviewer
    runtime: claude
    model: anthropic/claude-sonnet-4-6
    system: |
      You review.
      You are terse.
    environment: python
    metadata: { team: a }
environments:
  - name: python
    packages: { pip: [requests] }
    env_vars: { PORT: 8080, TOKEN: { from_env: TOKEN } }
`;

async function applyText(text: string, env: Record<string, string>, ...flags: string[]) {
  const path = join(folder, "agents.yaml");
  await writeFile(path, text);
  return runCommand(["apply", "--file", path, ...flags], { env });
}

test("creates what is declared, changes nothing the second time, and after an edit prints the diff", async () => {
  await using server = await startKeepingServer();
  const first = await applyText(manifest, server.env);
  expect(first.stderr).toBe("");
  expect(first.stdout).toMatchInlineSnapshot(`
    "+ environment python: created
        packages:
          + pip:
          +   - requests
        env_vars:
          + PORT: "***"
          + TOKEN: "***"
    + agent reviewer: created
        runtime:
          + claude
        model:
          + anthropic/claude-sonnet-4-6
        system:
          + You review.
          + You are terse.
        metadata:
          + team: a
        environment:
          + python
    2 created
    "
  `);
  expect(server.rows["agents"]).toMatchObject([
    { environment_id: "environments-1", system: "You review.\nYou are terse.\n" },
  ]);

  const second = await applyText(manifest, server.env);
  expect(second.stdout).toMatchInlineSnapshot(`
    "  environment python: unchanged
      agent reviewer: unchanged
    2 unchanged
    "
  `);

  const third = await applyText(
    manifest.replace("You are terse.", "You are kind.").replace("team: a", "stage: b").replace("8080", "9090"),
    server.env,
  );
  expect(third.stdout).toMatchInlineSnapshot(`
    "~ environment python: updated (version 1 -> 2)
        env_vars:
          + PORT: "***"
          + TOKEN: "***"
    ~ agent reviewer: updated (version 1 -> 2)
        system:
          - You are terse.
          + You are kind.
        metadata:
          - team: a
          + stage: b
    2 updated
    "
  `);
  expect(server.rows["agents"]).toMatchObject([{ version: 2, metadata: { team: "", stage: "b" } }]);
});

test("says what would change and changes nothing on a dry run", async () => {
  await using server = await startKeepingServer();
  const dry = await applyText(manifest, server.env, "--dry-run");
  expect(dry.stdout).toMatch(/environment python: would be created[\s\S]*agent reviewer: would be created/);
  expect(dry.stdout).toContain("2 would be created\n");
  await applyText(manifest, server.env);
  server.writes.length = 0;
  const again = await applyText(manifest.replace("terse", "kind"), server.env, "--dry-run");
  expect(again.stdout).toMatchInlineSnapshot(`
    "? environment python: would compare its variables
        env_vars:
          + PORT: "***"
          + TOKEN: "***"
    ~ agent reviewer: would be updated
        system:
          - You are terse.
          + You are kind.
    1 would be updated, 1 would compare its variables
    "
  `);
  expect(server.writes).toEqual([]);
});

test("prints the outcome as JSON, without any value of a variable", async () => {
  await using server = await startKeepingServer();
  const { stdout } = await applyText(manifest, server.env, "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    dry_run: false,
    data: [
      { kind: "environment", name: "python", id: "environments-1", action: "created", version: 1 },
      { kind: "agent", name: "reviewer", id: "agents-1", action: "created", version: 1 },
    ],
  });
  expect(stdout).not.toContain("s3cret");
});

test("prints no value of an MCP server's headers and variables, and says when only those differ", async () => {
  await using server = await startKeepingServer();
  const withKey = (key: string) =>
    `agents: [{ name: a, runtime: claude, model: m, mcp_servers: [{ name: s, url: "http://s", headers: { X-Key: ${key} } }] }]`;
  const first = await applyText(withKey("k3y-one"), server.env);
  expect(first.stdout).toContain('X-Key: "***"');
  const second = await applyText(withKey("k3y-two"), server.env);
  expect(second.stdout).toContain("    mcp_servers:\n      (a hidden value)\n1 updated\n");
  const third = await applyText(withKey("k3y-three"), server.env, "--json");
  expect(first.stdout + second.stdout + third.stdout).not.toContain("k3y");
});

test("a key that is removed inside an MCP server goes, and the server's own type is no difference", async () => {
  await using server = await startKeepingServer();
  const withServer = (fields: string) =>
    `agents: [{ name: a, runtime: claude, model: m, mcp_servers: [{ name: s, url: "http://s"${fields} }] }]`;
  await applyText(withServer(", headers: { Authorization: Bearer x }"), server.env);
  expect((await applyText(withServer(""), server.env)).stdout).toMatchInlineSnapshot(`
    "~ agent a: updated (version 1 -> 2)
        mcp_servers:
          -   headers:
          -     Authorization: "***"
    1 updated
    "
  `);
  expect(server.bodies.at(-1)).toEqual({ mcp_servers: [{ name: "s", url: "http://s" }] });
  expect((await applyText(withServer(""), server.env)).stdout).toContain("1 unchanged");
});

test("a model may be named with its provider's prefix, where there is no runtime", async () => {
  await using server = await startKeepingServer();
  const text = "agents: [{ name: a, provider: anthropic, model: anthropic/claude-next }]";
  await applyText(text, server.env);
  expect((await applyText(text, server.env, "--dry-run")).stdout).toContain("1 unchanged");
});

test("an empty field of a file is sent as its own kind of nothing", async () => {
  await using server = await startKeepingServer();
  const full = `
environments: [{ name: e, packages: { pip: [x] }, setup_script: "true", networking: { type: limited, allowed_hosts: [h] } }]
agents: [{ name: a, runtime: claude, model: m, system: s, skills: [{ name: k, description: d, content: c }], metadata: { k: v }, environment: e }]`;
  await applyText(full, server.env);
  const empty = `
environments: [{ name: e, packages: , setup_script: , networking: }]
agents: [{ name: a, system: , skills: , metadata: , environment: }]`;
  await applyText(empty, server.env);
  expect(server.bodies.slice(2)).toEqual([
    { packages: {}, setup_script: "", networking: { type: "unrestricted" } },
    { system: "", skills: [], metadata: { k: "" }, environment_id: null },
  ]);
});

test("says which entry the server refused, and in JSON what was done before it", async () => {
  await using server = await startKeepingServer();
  const text = "agents:\n  - { name: one, runtime: command }\n  - { name: bad, runtime: command }\n  - { name: three }";
  const failed = await applyText(text, server.env, "--json");
  const source = `${join(folder, "agents.yaml")}:3`;
  const message = "The server refused a field: model: Unknown model: m.";
  expect({ code: failed.code, stderr: failed.stderr }).toEqual({
    code: 1,
    stderr: `error: agent "bad" (${source}): ${message}\n`,
  });
  expect(JSON.parse(failed.stdout)).toMatchObject({
    data: [
      { kind: "agent", name: "one", action: "created" },
      { kind: "agent", name: "bad", action: "failed", source, message },
    ],
  });
});

test("reads standard input, and several files as one", async () => {
  await using server = await startKeepingServer();
  const path = join(folder, "one.yaml");
  await writeFile(path, "agents: [{ name: one, runtime: command }]");
  const { code } = await runCommand(["apply", "-f", path, "-f", "-"], {
    env: server.env,
    readStdin: () => Promise.resolve('{"agents": [{"name": "two", "runtime": "command"}]}'),
  });
  expect(code).toBe(0);
  expect(server.rows["agents"]?.map(({ name }) => name)).toEqual(["one", "two"]);
});

test("refuses a name that the server has twice, and an environment that is nowhere, before it changes anything", async () => {
  await using server = await startKeepingServer();
  const one = { name: "twin", runtime: "command", version: 1 };
  server.rows["agents"]?.push({ id: "t1", ...one }, { id: "t2", ...one });
  const twins = await applyText("agents: [{ name: new, runtime: command }, { name: twin }]", server.env);
  expect(twins).toMatchObject({ code: 1, stderr: expect.stringContaining("t1, t2") as string });
  const lost = await applyText("agents: [{ name: new, runtime: command, environment: nowhere }]", server.env);
  expect(lost).toMatchObject({ code: 1, stderr: expect.stringContaining('"nowhere"') as string });
  expect(server.writes).toEqual([]);
});

describe("a file that is wrong is refused with the line", () => {
  test.each([
    ["agent: []", 'f:1: There is no "agent".', "Did you mean agents?"],
    ["agents: 3", "f:1: agents is not a list.", undefined],
    ["- a", "f:1: The file needs the lists agents, environments or both.", undefined],
    ["agents:\n  - name: a\n    sytem: x", 'f:3: An agent has no field "sytem".', "Did you mean system?"],
    ["agents:\n  - runtime: x", "f:2: This agent has no name.", undefined],
    ["agents:\n  - name: a\n  - name: a", 'f:3: The agent "a" is here twice.', undefined],
    ["agents:\n  - name: a\n    modle: x", 'f:3: An agent has no field "modle".', "Did you mean model?"],
    ["agents:\n  - name: a\n    command:", "f:3: command cannot be empty.", "Leave it out, or give it a value."],
    ["agents:\n  - x", "f:2: This agent is not a map of fields.", undefined],
    [
      "environments:\n  - name: a\n    env_vars:\n      K: { from_env: NOPE }",
      "f:4: NOPE is not set in your environment.",
      "Set it first: export NOPE=...",
    ],
  ])("%j", (text, message, hint) => {
    expect(() => parseManifest(text, "f", {})).toThrow(
      expect.objectContaining({ message, hint, exitCode: 2 }) as Error,
    );
  });

  test("with what the parser says, when it is no YAML", () => {
    expect(() => parseManifest("agents: [", "f", {})).toThrow(/^f:1: /);
  });
});
