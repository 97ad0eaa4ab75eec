import { expect, test } from "vitest";
import { json, startServer } from "../../test/support/http-server.ts";
import { environment, without } from "../../test/support/payloads.ts";
import { clientOf, failureOf } from "../../test/support/test-client.ts";

const bodyOf = (received: { body: string } | undefined): unknown => JSON.parse(received?.body ?? "null");

test("reads a whole environment; free keys keep their own names", async () => {
  const server = await startServer(json(200, environment));
  expect(await clientOf(server).environments.get("e")).toEqual({
    id: environment.id,
    type: "environment",
    name: "python",
    packages: { pip: ["requests", "typing_extensions"], apt: [] },
    setupScript: null,
    networking: { type: "limited", allowedHosts: ["pypi.org"], allow_package_managers: true, some_rule: { a_b: 1 } },
    version: 1,
    createdAt: environment.created_at,
    updatedAt: environment.updated_at,
    archivedAt: null,
  });
  expect(server.received[0]).toMatchObject({ method: "GET", url: "/environments/e" });
});

test("lists environments, also with unrestricted networking and no hosts", async () => {
  const networking = { type: "unrestricted" };
  const server = await startServer(json(200, { data: [{ ...environment, networking }] }));
  const [first] = await clientOf(server).environments.list();
  expect(first?.networking).toEqual({ type: "unrestricted" });
});

test("creates with the name only", async () => {
  const server = await startServer(json(201, environment));
  await clientOf(server).environments.create({ name: "python" });
  expect(server.received[0]).toMatchObject({
    method: "POST",
    url: "/environments",
    headers: { "idempotency-key": expect.stringMatching(/^\w{32}$/) as string },
  });
  expect(bodyOf(server.received[0])).toEqual({ name: "python" });
});

test("creates with everything, under the names of the wire", async () => {
  const server = await startServer(json(201, environment));
  await clientOf(server).environments.create({
    name: "python",
    packages: { pip: ["requests"], npm: [] },
    envVars: { camelCase: "1", SNAKE_CASE: "2", __proto__x: "3" },
    setupScript: "make\n",
    networking: { type: "limited", allowedHosts: ["pypi.org"], allow_package_managers: true, freeKey: { innerKey: 1 } },
  });
  expect(bodyOf(server.received[0])).toEqual({
    name: "python",
    packages: { pip: ["requests"], npm: [] },
    env_vars: { camelCase: "1", SNAKE_CASE: "2", __proto__x: "3" },
    setup_script: "make\n",
    networking: {
      type: "limited",
      allowed_hosts: ["pypi.org"],
      allow_package_managers: true,
      freeKey: { innerKey: 1 },
    },
  });
});

test("updates with the version and what is given", async () => {
  const server = await startServer(json(200, { ...environment, version: 2 }));
  const updated = await clientOf(server).environments.update("e", { version: 1, envVars: { A: "" }, setupScript: "" });
  expect(server.received[0]).toMatchObject({ method: "PUT", url: "/environments/e" });
  expect(bodyOf(server.received[0])).toEqual({ version: 1, env_vars: { A: "" }, setup_script: "" });
  expect(updated.version).toBe(2);
});

test("archives", async () => {
  const server = await startServer(json(200, { ...environment, archived_at: "2026-05-01T00:00:00.000000+00:00" }));
  const archived = await clientOf(server).environments.archive("e");
  expect(archived.archivedAt).toBe("2026-05-01T00:00:00.000000+00:00");
  expect(server.received[0]).toMatchObject({ method: "POST", url: "/environments/e/archive" });
});

test("deletes on the /delete route and resolves to nothing", async () => {
  const server = await startServer(json(200, { detail: "Environment deleted" }));
  await expect(clientOf(server).environments.delete("e")).resolves.toBeUndefined();
  expect(server.received[0]).toMatchObject({ method: "DELETE", url: "/environments/e/delete", body: "" });
});

test("lists versions", async () => {
  const server = await startServer(json(200, { data: [without(environment, "updated_at", "archived_at")] }));
  const [version] = await clientOf(server).environments.versions("e");
  expect(version).toMatchObject({ id: environment.id, version: 1, setupScript: null });
  expect(server.received[0]).toMatchObject({ method: "GET", url: "/environments/e/versions" });
});

test.each([
  ["delete", 409, "Cannot delete environment with existing sessions"],
  ["archive", 409, "Environment is already archived"],
] as const)("ends a refused %s with a ConflictError", async (method, status, detail) => {
  const server = await startServer(json(status, { detail }));
  const error = await failureOf(clientOf(server).environments[method]("e"));
  expect(error).toMatchObject({ name: "ConflictError", status, detail });
});

test("keeps environment variables out of errors", async () => {
  const server = await startServer((response, { body }) => {
    response.writeHead(422, { "content-type": "application/json" });
    const { env_vars: input } = JSON.parse(body) as { env_vars: unknown };
    response.end(JSON.stringify({ detail: [{ loc: ["env_vars", "A"], msg: `bad: ${body}`, input }] }));
  });
  const error = await failureOf(clientOf(server).environments.create({ name: "n", envVars: { A: "s3cr3t-value" } }));
  expect(JSON.stringify([(error as Error).message, error])).not.toContain("s3cr3t-value");
  expect(error).toMatchObject({ detail: [{ loc: ["env_vars", "A"], input: "[redacted]" }] });
});
