import { expect, test } from "vitest";
import { runCommand } from "../../../test/support/run-command.ts";
import { startScriptedServer } from "../../../test/support/scripted-server.ts";

const key = {
  id: "c0000000-0000-4000-8000-000000000001",
  type: "api_key",
  name: "ci",
  prefix: "aod_abcdefgh",
  is_active: true,
  expires_at: null,
  created_at: "2026-11-23T11:59:00.000000+00:00",
};

const env = (url: string) => ({ AOD_API_URL: url, AOD_API_TOKEN: "aod_test" });

test("prints a new key alone on standard output, so that it can be piped on", async () => {
  await using server = await startScriptedServer({
    "POST /keys": { status: 201, json: { ...key, key: "aod_secret" } },
  });
  const { code, stdout, stderr } = await runCommand(["keys", "create", "--name", "ci"], { env: env(server.url) });
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: "aod_secret\n",
    stderr: "This key is shown once. Keep it now.\n",
  });
  expect(server.seen[0]?.body).toEqual({ name: "ci", expires_at: null });
});

test("limits a key to agents", async () => {
  await using server = await startScriptedServer({ "POST /keys": { status: 201, json: { ...key, key: "aod_s" } } });
  await runCommand(["keys", "create", "--scope", "agent:a", "--scope", "agent:b"], { env: env(server.url) });
  expect(server.seen[0]?.body).toMatchObject({ scopes: ["agent:a", "agent:b"] });
});

test("lists keys by prefix with their state", async () => {
  const keys = [
    key,
    { ...key, name: "old", is_active: false },
    { ...key, name: "late", expires_at: "2026-11-23T11:00:00.000000+00:00" },
  ];
  await using server = await startScriptedServer({ "GET /keys": { json: { data: keys } } });
  const { stdout } = await runCommand(["keys", "list"], { env: env(server.url) });
  expect(stdout.split("\n").map((line) => line.split(/ {2,}/)[2])).toEqual([
    "STATE",
    "active",
    "revoked",
    "expired",
    undefined,
  ]);
});

test("revokes a key found by its name", async () => {
  await using server = await startScriptedServer({
    "GET /keys": { json: { data: [key] } },
    [`DELETE /keys/${key.id}`]: { json: { detail: "Key deleted" } },
  });
  expect(await runCommand(["keys", "delete", "ci"], { env: env(server.url) })).toEqual({
    code: 0,
    stdout: `Revoked ${key.id}\n`,
    stderr: "",
  });
});
