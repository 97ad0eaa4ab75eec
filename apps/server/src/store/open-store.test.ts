import { expect, test } from "vitest";
import { createTestOwner, createTestStore } from "../../test/support/database.ts";
import { owners } from "./schema.ts";

test("gives each test a database of its own", async () => {
  await using one = await createTestStore();
  await using two = await createTestStore();
  await createTestOwner(one, "ada");
  expect((await one.db.select().from(owners)).map(({ name }) => name)).toEqual(["ada"]);
  expect(await two.db.select().from(owners)).toEqual([]);
});
