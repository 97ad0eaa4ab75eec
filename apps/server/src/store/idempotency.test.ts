import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { createTestOwner, createTestStore } from "../../test/support/database.ts";
import { toDatabaseError } from "./database-error.ts";
import { claimKey, deleteExpiredKeys, storeAnswer } from "./idempotency.ts";
import { idempotencyKeys } from "./schema.ts";

test("a key is held by one transaction at a time", async () => {
  await using store = await createTestStore();
  const request = { ownerId: await createTestOwner(store), key: "k", requestHash: "h" };
  const claim = () => store.db.transaction((second) => claimKey(second, request, 50));
  await store.db.transaction(async (first) => {
    expect(await claimKey(first, request)).toBeNull();
    const error: unknown = await claim().catch((reason: unknown) => reason);
    expect(toDatabaseError(error)?.code).toBe("55P03");
    await storeAnswer(first, request, { status: 201, body: "{}" });
  });
  expect(await claim()).toMatchObject({ requestHash: "h", status: 201, body: "{}" });
});

test("a transaction that fails gives its key back", async () => {
  await using store = await createTestStore();
  const request = { ownerId: await createTestOwner(store), key: "k", requestHash: "h" };
  const failing = store.db.transaction(async (first) => {
    await claimKey(first, request);
    throw new Error("refused");
  });
  await expect(failing).rejects.toThrow("refused");
  expect(await store.db.transaction((second) => claimKey(second, request))).toBeNull();
});

test("keys older than a day are removed", async () => {
  await using store = await createTestStore();
  const ownerId = await createTestOwner(store);
  const age = (hours: number) => sql`now() - make_interval(hours => ${hours})`;
  await store.db.insert(idempotencyKeys).values([
    { ownerId, key: "old", requestHash: "h", createdAt: age(25) },
    { ownerId, key: "young", requestHash: "h", createdAt: age(23) },
  ]);
  await deleteExpiredKeys(store.db);
  expect((await store.db.select().from(idempotencyKeys)).map(({ key }) => key)).toEqual(["young"]);
});
