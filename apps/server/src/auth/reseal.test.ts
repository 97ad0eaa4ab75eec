import { afterAll, beforeAll, expect, test } from "vitest";
import { createFaceApp, type FaceApp } from "../../test/support/face-app.ts";
import { makeAgent, makeEnvironment, makeSession, must } from "../../test/support/face-steps.ts";
import { createKey, createKeyring, parseKey } from "./keyring.ts";
import { checkKeyring } from "./load-keyring.ts";
import { reseal } from "./reseal.ts";
import { sealedColumns } from "./sealed-columns.ts";

const newKey = () => parseKey(createKey()) ?? Buffer.alloc(32);
const keys = { old: newKey(), current: newKey() };
const [before, both, after] = [
  createKeyring([keys.old]),
  createKeyring([keys.current, keys.old]),
  createKeyring([keys.current]),
];
const token = "t0ken-of-a-server";
const mcp_servers = [
  {
    name: "web",
    url: `https://me:${token}@mcp.example/?key=${token}`,
    headers: { Authorization: `Bearer ${token}` },
    oauth: { secrets: [token, 1] },
  },
  {
    name: "own",
    type: "stdio",
    command: `serve --token ${token}`,
    args: ["--key", token],
    env: { TOKEN: token, DEBUG: "" },
  },
];

let face: FaceApp;
beforeAll(async () => {
  face = await createFaceApp();
});
afterAll(() => face[Symbol.asyncDispose]());

/** The tables that hold a text, wherever in them. */
async function tablesWith(text: string): Promise<string[]> {
  const { pool } = face.services.store;
  const tables = [...new Set(sealedColumns.map(({ table }) => table))];
  const found = await Promise.all(
    tables.map(async (table) => {
      const { rowCount } = await pool.query(`select from ${table} as row where row::text like $1`, [`%${text}%`]);
      return rowCount === 0 ? [] : [table];
    }),
  );
  return found.flat();
}

test("what is sealed reads the same under the next key, and nothing needs the earlier one any more", async () => {
  const { db } = face.services.store;
  Object.assign(face.services, { keyring: before });
  await checkKeyring(db, before);
  const environment = await makeEnvironment(face, { env_vars: { A: "1" } });
  await must(face, "PUT", `/environments/${environment.id}`, { body: { version: 1, env_vars: { A: "2" } } });
  const headers = { "idempotency-key": "kept" };
  const body = { name: "x", model: "anthropic/claude-sonnet-4-6", runtime: "claude", mcp_servers };
  const agent = await must(face, "POST", "/agents", { headers, body });
  await must(face, "PUT", `/agents/${agent.id}`, { body: { version: 1, name: "y" } });
  const resources = [{ type: "github_repository", url: "https://github.com/o/r", authorization_token: "ghp" }];
  await makeSession(face, { agent_id: agent.id, secret_env_vars: { B: "b" }, resources });

  expect(await tablesWith(token)).toEqual([]);
  const sealed = [
    "environments",
    "environment_versions",
    "sessions",
    "session_resources",
    "idempotency_keys",
    "agents",
    "agent_versions",
  ];
  expect(await tablesWith(`${before.keyId}.`)).toEqual(sealed);

  await checkKeyring(db, both);
  await expect(reseal(db, after)).rejects.toThrow(`was sealed under the key ${before.keyId}`);
  expect(await reseal(db, both)).toEqual({ rows: 10, unneeded: [before.keyId] });
  expect(await tablesWith(`${before.keyId}.`)).toEqual([]);
  expect(await tablesWith(`${after.keyId}.`)).toEqual(sealed);
  expect(await reseal(db, both)).toEqual({ rows: 0, unneeded: [before.keyId] });

  Object.assign(face.services, { keyring: after });
  await checkKeyring(db, after);
  const shown = (await must(face, "GET", `/agents/${agent.id}`))["mcp_servers"];
  expect(shown).toEqual([{ ...mcp_servers[0], type: "url" }, mcp_servers[1]]);
  expect(await must(face, "POST", "/agents", { headers, body })).toEqual(agent);
  await makeSession(face, { agent_id: agent.id, environment_id: environment.id });
});

test("an agent that says the same of its servers stays as it is", async () => {
  const { id } = await makeAgent(face, { mcp_servers });
  const same = await must(face, "PUT", `/agents/${id}`, { body: { version: 1, mcp_servers } });
  expect(same["version"]).toBe(1);
  const [first] = mcp_servers;
  const other = await must(face, "PUT", `/agents/${id}`, { body: { version: 1, mcp_servers: [first] } });
  expect(other["version"]).toBe(2);
});
