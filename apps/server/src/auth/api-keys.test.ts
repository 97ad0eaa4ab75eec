import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { createTestOwner, createTestStore } from "../../test/support/database.ts";
import { apiKeys, owners } from "../store/schema.ts";
import { createApiKey, findApiKey } from "./api-keys.ts";
import { createOwner, ensureFirstOwner } from "./owners.ts";

test("makes keys of the promised form and stores nothing that opens anything", async () => {
  await using store = await createTestStore();
  const ownerId = await createTestOwner(store);
  const created = await createApiKey(store.db, { ownerId, name: "laptop" });
  expect(created.key).toMatch(/^aod_[\w-]{43}$/);
  expect(created.prefix).toBe(created.key.slice(0, 12));
  const rows = await store.db.select().from(apiKeys);
  expect(JSON.stringify(rows)).not.toContain(created.key);
  expect(await findApiKey(store.db, created.key)).toEqual({
    status: "valid",
    ownerId,
    keyId: created.id,
    agentIds: null,
  });
});

test("tells unknown, revoked and expired keys apart", async () => {
  await using store = await createTestStore();
  const ownerId = await createTestOwner(store);
  const { key, id } = await createApiKey(store.db, { ownerId, name: "k" });
  expect(await findApiKey(store.db, `${key}x`)).toEqual({ status: "unknown" });
  expect(await findApiKey(store.db, "")).toEqual({ status: "unknown" });
  await store.db
    .update(apiKeys)
    .set({ expiresAt: sql`now()` })
    .where(eq(apiKeys.id, id));
  expect(await findApiKey(store.db, key)).toEqual({ status: "expired" });
  await store.db.update(apiKeys).set({ isActive: false }).where(eq(apiKeys.id, id));
  expect(await findApiKey(store.db, key)).toEqual({ status: "inactive" });
});

test("makes the first owner once, also when several servers start together", async () => {
  await using store = await createTestStore();
  const made = await Promise.all(Array.from({ length: 4 }, () => ensureFirstOwner(store.db, () => Promise.resolve())));
  expect(made.filter((key) => key !== null)).toHaveLength(1);
  expect((await store.db.select().from(owners)).map(({ name }) => name)).toEqual(["default"]);
});

test("refuses a second owner of the same name", async () => {
  await using store = await createTestStore();
  const { ownerId, key } = await createOwner(store.db, "ada");
  expect(await findApiKey(store.db, key.key)).toMatchObject({ status: "valid", ownerId });
  await expect(createOwner(store.db, "ada")).rejects.toThrow('There is already an owner named "ada".');
});
