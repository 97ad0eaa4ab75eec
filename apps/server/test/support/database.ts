import { randomUUID } from "node:crypto";
import { inject } from "vitest";
import { openStore } from "../../src/store/open-store.ts";
import { owners } from "../../src/store/schema.ts";
import type { Store } from "../../src/store/store.ts";
import { databaseNamed, query } from "./start-database.ts";

/** A fresh, migrated database of its own; disposing of the store drops it. */
export async function createTestStore(options: { poolSize?: number } = {}): Promise<Store> {
  const admin = inject("databaseUrl");
  const name = `aod_test_${randomUUID().replaceAll("-", "")}`;
  await query(admin, `create database ${name} template ${inject("databaseTemplate")}`);
  const databaseUrl = databaseNamed(admin, name);
  const store = await openStore({ databaseUrl, dataDir: "/nonexistent", ...options });
  return {
    ...store,
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      await query(admin, `drop database ${name} with (force)`);
    },
  };
}

/** A row in `owners`, which every other row needs. */
export async function createTestOwner(store: Store, name = `owner-${randomUUID()}`): Promise<string> {
  const id = randomUUID();
  await store.db.insert(owners).values({ id, name });
  return id;
}
