import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "../../../test/support/run-command.ts";
import { startScriptedServer } from "../../../test/support/scripted-server.ts";

const environment = {
  id: "e0000000-0000-4000-8000-000000000001",
  type: "environment",
  name: "python",
  packages: { pip: ["requests"] },
  setup_script: null,
  networking: { type: "limited", allowed_hosts: ["pypi.org"], allow_package_managers: true },
  version: 2,
  created_at: "2026-11-22T12:00:00.000000+00:00",
  updated_at: "2026-11-22T12:00:00.000000+00:00",
  archived_at: null,
};

const env = (url: string) => ({ AOD_API_URL: url, AOD_API_TOKEN: "aod_test" });

test("creates an environment from flags; secrets come from the caller's environment", async () => {
  const folder = await mkdtemp(join(tmpdir(), "aod-cli-"));
  const script = join(folder, "setup.sh");
  await writeFile(script, "echo ready\n");
  await using server = await startScriptedServer({ "POST /environments": { status: 201, json: environment } });
  const argv = ["environments", "create", "--name", "python", "--package", "pip=requests", "--setup-script", script];
  const { code, stdout } = await runCommand(
    [...argv, "--env", "A=1", "--secret", "KEY", "--allow-host", "pypi.org", "--json"],
    {
      env: { ...env(server.url), KEY: "s3cret" },
    },
  );
  await rm(folder, { recursive: true });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual(environment);
  expect(server.seen[0]?.body).toEqual({
    name: "python",
    packages: { pip: ["requests"] },
    setup_script: "echo ready\n",
    env_vars: { A: "1", KEY: "s3cret" },
    networking: { type: "limited", allowed_hosts: ["pypi.org"] },
  });
});

test("refuses a secret that is not set, before any request", async () => {
  await using server = await startScriptedServer({});
  const argv = ["environments", "create", "--name", "n", "--secret", "KEY"];
  const { code, stderr } = await runCommand(argv, { env: env(server.url) });
  expect(code).toBe(2);
  expect(stderr).toBe("error: --secret KEY: KEY is not set in your environment.\nSet it first: export KEY=...\n");
  expect(server.seen).toEqual([]);
});

test("never repeats a value that was given to --secret by mistake", async () => {
  const argv = ["environments", "create", "--name", "n", "--secret", "KEY=s3cret"];
  const { code, stderr } = await runCommand(argv, { env: env("http://127.0.0.1:1") });
  expect(code).toBe(2);
  expect(stderr).not.toContain("s3cret");
});

test("shows one environment found by name", async () => {
  await using server = await startScriptedServer({
    "GET /environments": { json: { data: [environment] } },
    [`GET /environments/${environment.id}`]: { json: environment },
  });
  const { stdout } = await runCommand(["envs", "get", "python"], { env: env(server.url) });
  expect(stdout).toBe(
    [
      `id        ${environment.id}`,
      "name      python",
      "packages  pip=requests",
      "network   limited to pypi.org",
      "version   2",
      `created   ${environment.created_at}`,
      `updated   ${environment.updated_at}`,
      "",
    ].join("\n"),
  );
});

test("updates, archives, deletes and lists versions", async () => {
  const { id } = environment;
  await using server = await startScriptedServer({
    [`GET /environments/${id}`]: { json: environment },
    [`PUT /environments/${id}`]: { json: environment },
    [`POST /environments/${id}/archive`]: { json: environment },
    [`DELETE /environments/${id}/delete`]: { json: { detail: "Environment deleted" } },
    [`GET /environments/${id}/versions`]: { json: { data: [environment] } },
  });
  const run = (...argv: string[]) => runCommand(["environments", ...argv], { env: env(server.url) });
  expect((await run("update", id, "--unrestricted")).code).toBe(0);
  expect(server.seen.at(-1)?.body).toEqual({ version: 2, networking: { type: "unrestricted" } });
  expect((await run("archive", id)).stdout).toBe(`Archived ${id}\n`);
  expect((await run("delete", id)).stdout).toBe(`Deleted ${id}\n`);
  expect((await run("versions", id)).stdout).toContain("pip=requests");
});

test("passes the server's refusal to delete on", async () => {
  const detail = "Cannot delete environment with existing sessions";
  await using server = await startScriptedServer({
    [`DELETE /environments/${environment.id}/delete`]: { status: 409, json: { detail } },
  });
  const { code, stderr } = await runCommand(["environments", "delete", environment.id], { env: env(server.url) });
  expect({ code, stderr }).toEqual({ code: 1, stderr: `error: ${detail}\n` });
});
