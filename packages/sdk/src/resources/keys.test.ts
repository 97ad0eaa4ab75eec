import { expect, test } from "vitest";
import { hangUp, json, startServer } from "../../test/support/http-server.ts";
import { clientOf, failureOf } from "../../test/support/test-client.ts";

const key = {
  id: "7b0b2d8e-6c0f-4a54-9d38-1c6a4d2f0004",
  type: "api_key",
  name: "ci",
  prefix: "aod_Zm9vYmFy",
  is_active: true,
  expires_at: null,
  created_at: "2026-04-17T14:00:00.000000+00:00",
};

const decoded = {
  id: key.id,
  type: "api_key",
  name: "ci",
  prefix: "aod_Zm9vYmFy",
  isActive: true,
  expiresAt: null,
  createdAt: key.created_at,
};

test("lists keys without their secrets", async () => {
  const server = await startServer(json(200, { data: [key] }));
  expect(await clientOf(server).keys.list()).toEqual([decoded]);
  expect(server.received[0]).toMatchObject({ method: "GET", url: "/keys" });
});

test("creates a key, without an idempotency key that would make the server keep the secret", async () => {
  const server = await startServer(json(201, { ...key, key: "aod_secret" }));
  const { keys } = clientOf(server);
  expect(await keys.create({ name: "ci", expiresAt: "2027-01-01T00:00:00Z" })).toEqual({
    ...decoded,
    key: "aod_secret",
  });
  expect(server.received[0]).toMatchObject({ method: "POST", url: "/keys" });
  expect(server.received[0]?.headers["idempotency-key"]).toBeUndefined();
  expect(JSON.parse(server.received[0]?.body ?? "")).toEqual({ name: "ci", expires_at: "2027-01-01T00:00:00Z" });
});

test("creates a key that is limited to agents", async () => {
  const scopes = [`agent:${key.id}`];
  const server = await startServer(json(201, { ...key, scopes, key: "aod_secret" }));
  expect(await clientOf(server).keys.create({ name: "ci", scopes })).toMatchObject({ scopes });
  expect(JSON.parse(server.received[0]?.body ?? "")).toEqual({ name: "ci", scopes });
});

test("does not repeat a create", async () => {
  const server = await startServer(json(503, {}));
  await failureOf(clientOf(server).keys.create({ name: "ci" }));
  expect(server.received).toHaveLength(1);
});

test("takes a key for deleted that its own first attempt revoked", async () => {
  const server = await startServer(hangUp, json(409, { detail: "API key is already revoked" }));
  await expect(clientOf(server, { idempotencyKeys: false }).keys.delete(key.id)).resolves.toBeUndefined();
  expect(server.received).toHaveLength(2);
});

test.each([
  ["was revoked before", [json(409, { detail: "API key is already revoked" })]],
  ["is in use", [hangUp, json(409, { detail: "Cannot revoke the API key that this request uses" })]],
])("does not delete a key that %s", async (_state, answers) => {
  const server = await startServer(...answers);
  expect(await failureOf(clientOf(server).keys.delete(key.id))).toMatchObject({ name: "ConflictError" });
});

test("deletes a key", async () => {
  const server = await startServer(json(200, { detail: "Key deleted" }));
  await expect(clientOf(server).keys.delete(key.id)).resolves.toBeUndefined();
  expect(server.received[0]).toMatchObject({
    method: "DELETE",
    url: `/keys/${key.id}`,
    headers: { "idempotency-key": expect.stringMatching(/^\w{32}$/) as string },
  });
});
