import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { startDatabaseProxy } from "../../test/support/database-proxy.ts";
import { createTestStore } from "../../test/support/database.ts";
import { openStore } from "./open-store.ts";
import { toDatabaseError } from "./database-error.ts";

async function openThroughProxy(poolSize: number) {
  const direct = await createTestStore();
  onTestFinished(() => direct[Symbol.asyncDispose]());
  const proxy = await startDatabaseProxy(direct.connectionString);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const databaseUrl = proxy.connectionString;
  const store = await openStore({ databaseUrl, dataDir: "/nonexistent", poolSize, silenceMs: 1_000 });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return { direct, proxy, store };
}

test("statements fail when the database says nothing more, and their place in the pool is free again", async () => {
  const { proxy, store } = await openThroughProxy(1);
  const isBack = () => store.pool.query("select").then(() => true, String);
  for (const ask of [() => store.pool.query("select"), () => store.db.transaction((db) => db.execute(sql`select`))]) {
    await expect.poll(isBack).toBe(true);
    proxy.block();
    const error: unknown = await ask().catch((reason: unknown) => reason);
    expect(toDatabaseError(error)).toMatchObject({
      code: "ETIMEDOUT",
      message: "The database has not answered for 1 s",
    });
    proxy.pass();
  }
  await expect.poll(isBack).toBe(true);
});

test("whoever was cut off inside a transaction does not keep its locks", async () => {
  await using store = await createTestStore();
  const { rows } = await store.pool.query("show idle_in_transaction_session_timeout");
  expect(rows).toEqual([{ idle_in_transaction_session_timeout: "1min" }]);
});

test("notifications are heard again after the database has said nothing for long", async () => {
  const { direct, proxy, store } = await openThroughProxy(1);
  const channel = `test_${randomUUID().replaceAll("-", "")}`;
  const heard = new Set<string>();
  let timesBack = 0;
  const listen = () =>
    store.notifications.listen(channel, {
      onNotification: (payload, isOwn) => heard.add(`${payload} ${isOwn ? "own" : "foreign"}`),
      onReconnect: () => (timesBack += 1),
    });
  await expect.poll(() => listen().then(() => true, String)).toBe(true);
  const sendForeign = (payload: string) => direct.pool.query("select pg_notify($1, $2)", [channel, payload]);
  // Sent until they are heard: on a busy machine the connection may be silent for as long as the test makes it.
  await expect
    .poll(async () => {
      await store.notifications.notify(channel, "one");
      await sendForeign("two");
      return [...heard].sort();
    })
    .toEqual(["one own", "two foreign"]);
  proxy.block();
  const timesBefore = timesBack;
  await sendForeign("lost");
  proxy.pass();
  await expect.poll(() => timesBack).toBeGreaterThan(timesBefore);
  await expect
    .poll(async () => {
      await sendForeign("three");
      return [...heard].sort();
    })
    .toEqual(["one own", "three foreign", "two foreign"]);
});
