import { randomBytes } from "node:crypto";
import { databaseName } from "./schema.ts";
import type { Db } from "./store.ts";

/** The name of this database: eight hexadecimal digits that go with its rows wherever those are moved or restored. */
export async function readDatabaseName(db: Db): Promise<string> {
  // Of several processes that start together one gives the name.
  await db
    .insert(databaseName)
    .values({ name: randomBytes(4).toString("hex") })
    .onConflictDoNothing();
  const [row] = await db.select({ name: databaseName.name }).from(databaseName);
  if (row === undefined) throw new Error("The database has no name");
  return row.name;
}
