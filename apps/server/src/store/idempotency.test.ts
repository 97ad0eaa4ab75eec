import { expect, test } from "vitest";
import { createTestOwner, createTestStore } from "../../test/support/database.ts";
import { toDatabaseError } from "./database-error.ts";
import { claimKey, storeAnswer } from "./idempotency.ts";

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
