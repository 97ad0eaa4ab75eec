import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unusedPort } from "@aod/testing/unused-port";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runCommand } from "../../../test/support/run-command.ts";
import { startScriptedServer } from "../../../test/support/scripted-server.ts";
import type { Check } from "./check.ts";
import { checkNode } from "./machine.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "aod-doctor-"));
  // A busy machine may need longer for an answer than somebody is let wait.
  vi.spyOn(AbortSignal, "timeout").mockReturnValue(new AbortController().signal);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const healthy = { "GET /agents": { json: { data: [] } } };

async function doctor(url: string, env: Record<string, string> = {}, ...flags: string[]) {
  const { code, stdout } = await runCommand(["doctor", "--json", ...flags], {
    env: {
      PATH: process.env["PATH"],
      AOD_API_URL: url,
      AOD_API_TOKEN: "aod_test",
      AOD_CONFIG_DIR: folder,
      AOD_CACHE_DIR: folder,
      AOD_DATA_DIR: folder,
      ...env,
    },
  });
  const { ok, data } = JSON.parse(stdout) as { ok: boolean; data: Check[] };
  return { code, ok, checks: Object.fromEntries(data.map(({ name, ...check }) => [name, check])) };
}

test("finds nothing broken where everything works", async () => {
  await using server = await startScriptedServer({
    ...healthy,
    "GET /health": { json: { status: "ok", checks: { database: "ok" }, driver: "local" } },
  });
  await mkdir(join(folder, "runtimes", "claude-2.1.3"), { recursive: true });
  const { code, ok, checks } = await doctor(server.url, { ANTHROPIC_API_KEY: "s3cret" });
  expect({ code, ok }).toEqual({ code: 0, ok: true });
  expect(checks).toMatchObject({
    node: { status: "ok" },
    server: { status: "ok" },
    key: { status: "ok" },
    driver: { status: "ok", message: "local" },
    database: { status: "ok" },
    port: { status: "ok" },
    runtimes: { status: "ok", message: "claude 2.1.3" },
    npm: { status: "ok" },
    disk: { message: expect.stringContaining("GB free") as string },
  });
  expect(JSON.stringify(checks)).not.toContain("s3cret");
});

test("says how to mend a server that is not there, on a port that is free", async () => {
  const port = await unusedPort();
  const { code, checks } = await doctor(`http://127.0.0.1:${port}`);
  expect(code).toBe(1);
  expect(checks["server"]).toMatchObject({ status: "broken", fix: "Start one here with: aod serve --driver local" });
  expect(checks["port"]).toMatchObject({ status: "ok", message: `${port} is free for aod serve` });
  expect(checks["key"]).toMatchObject({ status: "skipped" });
  expect(checks["driver"]).toMatchObject({ status: "warning" });
});

test("tells a port that another program has", async () => {
  // Answers, but not as a server of ours does.
  await using other = await startScriptedServer({ "GET /health": { status: 404, json: "?" } });
  const { port } = new URL(other.url);
  const { code, checks } = await doctor(other.url);
  expect(code).toBe(1);
  expect(checks["port"]).toMatchObject({ status: "broken", message: `${port} is taken by another program` });
});

test("tells a key that the server refuses, a database that fails, and a missing driver", async () => {
  await using server = await startScriptedServer({
    "GET /agents": { status: 401, json: { detail: "Invalid API key" } },
    "GET /health": { status: 503, json: { status: "failed", checks: { database: "failed" }, driver: null } },
  });
  const { code, checks } = await doctor(server.url);
  expect(code).toBe(1);
  expect(checks["key"]).toMatchObject({ status: "broken", fix: "Save another one with: aod login" });
  expect(checks["database"]).toMatchObject({ status: "broken" });
  expect(checks["driver"]).toMatchObject({ status: "broken", message: "the server has none" });
});

test("tells a missing key, missing programs, and saved keys that others can read", async () => {
  await using server = await startScriptedServer({ "GET /health": { json: { status: "ok" } } });
  const path = join(folder, "credentials.json");
  await writeFile(path, JSON.stringify({ profiles: { default: { url: "http://elsewhere:1", token: "aod_x" } } }));
  await chmod(path, 0o644);
  const { code, checks } = await doctor(server.url, { AOD_API_TOKEN: "", PATH: folder });
  expect(code).toBe(1);
  expect(checks["key"]).toMatchObject({ status: "broken", message: "the saved one belongs to http://elsewhere:1" });
  expect(checks["npm"]).toMatchObject({ status: "broken" });
  expect(checks["git"]).toMatchObject({ status: "warning" });
  expect(checks["credentials"]).toMatchObject({ status: "warning", fix: `chmod 600 ${path}` });
});

test.each([
  ["22.18.0", "broken"],
  ["22.19.0", "ok"],
  ["24.0.0", "ok"],
  ["20.20.2", "broken"],
])("Node %s is %s", (version, status) => {
  expect(checkNode(version)).toMatchObject({ status });
});

test("prints a check a line, and how to mend below", async () => {
  await using server = await startScriptedServer({ ...healthy, "GET /health": { json: { status: "ok" } } });
  const { stdout } = await runCommand(["doctor"], {
    env: {
      AOD_API_URL: server.url,
      AOD_API_TOKEN: "aod_test",
      AOD_CONFIG_DIR: folder,
      AOD_DATA_DIR: folder,
      AOD_CACHE_DIR: folder,
      PATH: folder,
    },
  });
  expect(stdout).toContain(`✓ server       ${server.url} answers\n`);
  expect(stdout).toContain("✗ npm          npm does not start, so no agent CLI can be installed\n");
  expect(stdout).toContain("               Install Node with npm: https://nodejs.org\n");
});
