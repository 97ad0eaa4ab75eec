import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as runMigrations } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { StoreError } from "./store-error.ts";

/** Any number that nobody else uses for a lock in this database. */
const lock = 8_777_001;

/** The package's `migrations` folder: it is a sibling of both `src` and `dist`. */
function migrationsFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const migrations = join(folder, "migrations");
    if (existsSync(join(migrations, "meta/_journal.json"))) return migrations;
    if (folder === dirname(folder)) throw new Error("The migrations folder of @aod/server is missing.");
  }
}

async function refuseNewer(client: pg.Client, migrations: string): Promise<void> {
  const { rows: found } = await client.query<{ name: string | null }>(
    "select to_regclass('drizzle.__drizzle_migrations')::text as name",
  );
  if (found[0]?.name == null) return;
  const { rows } = await client.query<{ latest: string | null }>(
    "select max(created_at) as latest from drizzle.__drizzle_migrations",
  );
  const journal = JSON.parse(await readFile(join(migrations, "meta/_journal.json"), "utf8")) as {
    entries: { when: number }[];
  };
  const newest = Math.max(...journal.entries.map(({ when }) => when));
  if (Number(rows[0]?.latest ?? 0) > newest) {
    throw new StoreError(
      "wrong_version",
      "This database was used by a newer version of Agent on Demand. Run that version, or another database.",
    );
  }
}

/**
 * Brings the database to this version's schema. Safe when many servers start at once: the first does it, the others wait.
 *
 * @throws StoreError `wrong_version` when the database is ahead of this program.
 */
export async function migrate(connectionString: string): Promise<void> {
  const migrations = migrationsFolder();
  const client = new pg.Client({ connectionString, application_name: "aod migrate" });
  client.on("error", () => undefined);
  await client.connect();
  try {
    // drizzle's migrator takes no lock of its own. The session's end gives it back.
    await client.query("select pg_advisory_lock($1)", [lock]);
    await refuseNewer(client, migrations);
    // "schema drizzle already exists, skipping" is no news.
    await client.query("set client_min_messages = warning");
    await runMigrations(drizzle(client), { migrationsFolder: migrations });
  } finally {
    await client.end().catch(() => undefined);
  }
}
