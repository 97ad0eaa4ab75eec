import type { Networking, Packages } from "@aod/core";
import { and, desc, eq, getTableColumns, isNull, sql } from "drizzle-orm";
import { isoTime } from "./iso-time.ts";
import { onlyRow } from "./only-row.ts";
import { environments, environmentVersions } from "./schema.ts";
import type { Db } from "./store.ts";

/** What a version of an environment consists of. */
export interface EnvironmentFields {
  readonly name: string;
  readonly packages: Packages;
  /** See `sealedField.environmentVariables`. */
  readonly envVarsSealed: string;
  readonly setupScript: string;
  readonly networking: Networking;
}

/** One version; `id` is the environment's. Times as {@link isoTime} writes them. */
export interface EnvironmentVersionRow extends EnvironmentFields {
  readonly id: string;
  readonly version: number;
  readonly createdAt: string;
}

export interface EnvironmentRow extends EnvironmentVersionRow {
  readonly updatedAt: string;
  readonly archivedAt: string | null;
}

const columns = {
  ...getTableColumns(environments),
  createdAt: isoTime(environments.createdAt),
  updatedAt: isoTime(environments.updatedAt),
  archivedAt: isoTime(environments.archivedAt),
};

const own = (ownerId: string, id: string) => and(eq(environments.ownerId, ownerId), eq(environments.id, id));

/** The owner's environments that are not archived, newest first. */
export async function listEnvironments(db: Db, ownerId: string): Promise<EnvironmentRow[]> {
  return db
    .select(columns)
    .from(environments)
    .where(and(eq(environments.ownerId, ownerId), isNull(environments.archivedAt)))
    .orderBy(desc(environments.createdAt), desc(environments.id));
}

/** @param lock keeps the row as it is (`update`) or from being deleted (`key share`) until the transaction ends */
export async function findEnvironment(
  db: Db,
  ownerId: string,
  id: string,
  lock?: "update" | "key share",
): Promise<EnvironmentRow | null> {
  const query = db.select(columns).from(environments).where(own(ownerId, id));
  const [row] = await (lock === undefined ? query : query.for(lock));
  return row ?? null;
}

/** Stores the environment and its first version. Fails with `environments_active_name` on a name in use. */
export async function insertEnvironment(
  db: Db,
  environment: EnvironmentFields & { id: string; ownerId: string },
): Promise<EnvironmentRow> {
  const row = onlyRow(await db.insert(environments).values(environment).returning(columns));
  await insertVersion(db, environment, 1);
  return row;
}

/** Stores the next version. The caller holds the row's lock. Fails with `environments_active_name` on a name in use. */
export async function storeEnvironmentVersion(
  db: Db,
  ownerId: string,
  environment: EnvironmentFields & { id: string; version: number },
): Promise<EnvironmentRow> {
  const row = onlyRow(
    await db
      .update(environments)
      .set({ ...environment, updatedAt: sql`now()` })
      .where(own(ownerId, environment.id))
      .returning(columns),
  );
  await insertVersion(db, environment, environment.version);
  return row;
}

async function insertVersion(db: Db, environment: EnvironmentFields & { id: string }, version: number): Promise<void> {
  const { id, ...fields } = environment;
  await db.insert(environmentVersions).values({ ...fields, environmentId: id, version });
}

/** Hides the environment from lists for good and frees its name. */
export async function archiveEnvironment(db: Db, ownerId: string, id: string): Promise<EnvironmentRow> {
  return onlyRow(
    await db
      .update(environments)
      .set({ archivedAt: sql`now()`, updatedAt: sql`now()` })
      .where(own(ownerId, id))
      .returning(columns),
  );
}

/**
 * Removes the environment and its history; agents lose the link. Fails on a foreign key while a session refers to it.
 *
 * @returns false when there is none
 */
export async function deleteEnvironment(db: Db, ownerId: string, id: string): Promise<boolean> {
  const rows = await db.delete(environments).where(own(ownerId, id)).returning({ id: environments.id });
  return rows.length > 0;
}

/** Highest version first. The environment must be the owner's. */
export async function listEnvironmentVersions(db: Db, ownerId: string, id: string): Promise<EnvironmentVersionRow[]> {
  return db
    .select({
      ...getTableColumns(environmentVersions),
      id: environmentVersions.environmentId,
      createdAt: isoTime(environmentVersions.createdAt),
    })
    .from(environmentVersions)
    .innerJoin(environments, eq(environments.id, environmentVersions.environmentId))
    .where(own(ownerId, id))
    .orderBy(desc(environmentVersions.version));
}
