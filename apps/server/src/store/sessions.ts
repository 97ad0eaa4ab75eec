import type { Resource, SessionStatus } from "@aod/core";
import { and, count, desc, eq, getTableColumns, inArray, sql } from "drizzle-orm";
import type { AgentSnapshot } from "../domain/session-spec.ts";
import { isoTime } from "./iso-time.ts";
import { owners, sessionResources, sessions, turns } from "./schema.ts";
import type { Db } from "./store.ts";

/** A session with what lists show of its turns and resources. Times as {@link isoTime} writes them. */
export interface SessionView {
  readonly id: string;
  readonly ownerId: string;
  readonly agentId: string | null;
  readonly environmentId: string | null;
  readonly runtime: string;
  readonly provider: string;
  readonly status: SessionStatus;
  readonly exitCode: number | null;
  readonly driver: string;
  readonly sandboxRef: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly resources: readonly Resource[];
  /** The turn that prepares the sandbox; above the current one when there is none yet. */
  readonly firstTurn: number;
  readonly turnCount: number;
  /** null before the first turn. */
  readonly currentTurn: number | null;
}

/** What {@link insertSession} stores. */
export interface NewSession {
  readonly id: string;
  readonly ownerId: string;
  readonly agentId: string;
  readonly environmentId: string | null;
  /** null without an environment. */
  readonly environmentVersion: number | null;
  readonly agentSnapshot: AgentSnapshot;
  readonly runtime: string;
  readonly provider: string;
  readonly runtimeSessionId: string;
  /** See `sealedField.sessionSecrets`. */
  readonly secretsSealed: string | null;
  readonly driver: string;
  readonly resources: readonly { url: string; mountPath: string; tokenSealed: string | null }[];
}

const { ownerId, id, agentId, environmentId, runtime, provider, status, exitCode, driver, sandboxRef, firstTurn } =
  getTableColumns(sessions);

const columns = {
  ownerId,
  id,
  agentId,
  environmentId,
  runtime,
  provider,
  status,
  exitCode,
  driver,
  sandboxRef,
  firstTurn,
  createdAt: isoTime(sessions.createdAt),
  updatedAt: isoTime(sessions.updatedAt),
  turnCount: sql<number>`(select count(*)::int from ${turns} where ${turns.sessionId} = ${sessions.id})`,
  currentTurn: sql<number | null>`(select max(${turns.turn}) from ${turns} where ${turns.sessionId} = ${sessions.id})`,
  resources: sql<Resource[]>`(
    select coalesce(
      json_agg(
        json_build_object('type', 'github_repository', 'url', ${sessionResources.url}, 'mount_path', ${sessionResources.mountPath})
        order by ${sessionResources.position}
      ),
      '[]'
    )
    from ${sessionResources} where ${sessionResources.sessionId} = ${sessions.id})`,
};

const own = (owner: string, session: string) => and(eq(sessions.ownerId, owner), eq(sessions.id, session));

/** All of the owner's sessions, newest first. */
export async function listSessions(db: Db, owner: string): Promise<SessionView[]> {
  return db
    .select(columns)
    .from(sessions)
    .where(eq(sessions.ownerId, owner))
    .orderBy(desc(sessions.createdAt), desc(sessions.id));
}

export async function findSession(db: Db, owner: string, session: string): Promise<SessionView | null> {
  const [row] = await db.select(columns).from(sessions).where(own(owner, session));
  return row ?? null;
}

/** The same, with the row locked until the transaction ends. */
export async function lockSession(db: Db, owner: string, session: string): Promise<SessionView | null> {
  const [row] = await db.select(columns).from(sessions).where(own(owner, session)).for("update", { of: sessions });
  return row ?? null;
}

/**
 * Locks the owner's row, so that sessions of one owner are counted and made one after the other.
 *
 * @returns the owner's own limit, and how many sessions are pending or running
 */
export async function lockQuota(db: Db, owner: string): Promise<{ own: number | null; active: number }> {
  const [row] = await db
    .select({ own: owners.maxConcurrentSessions })
    .from(owners)
    .where(eq(owners.id, owner))
    // Foreign keys of other inserts only need the key: they are not held up.
    .for("no key update");
  const [counted] = await db
    .select({ active: count() })
    .from(sessions)
    .where(and(eq(sessions.ownerId, owner), inArray(sessions.status, ["pending", "running"])));
  return { own: row?.own ?? null, active: counted?.active ?? 0 };
}

/** Stores a pending session and its resources. */
export async function insertSession(db: Db, session: NewSession): Promise<void> {
  const { resources, ...fields } = session;
  await db.insert(sessions).values({ ...fields, status: "pending" });
  if (resources.length === 0) return;
  await db
    .insert(sessionResources)
    .values(resources.map((resource, position) => ({ ...resource, sessionId: session.id, position })));
}

/** A finished session goes on: pending, without the exit code of its last turn. The caller holds the row's lock. */
export async function reopenSession(db: Db, owner: string, session: string): Promise<void> {
  await db
    .update(sessions)
    .set({ status: "pending", exitCode: null, updatedAt: sql`now()` })
    .where(own(owner, session));
}

/** A session whose waiting turn was interrupted: finished, and ready for the next prompt. The caller holds the row's lock. */
export async function markInterrupted(
  db: Db,
  owner: string,
  session: string,
  end: { exitCode: number; firstTurn: number },
): Promise<void> {
  await db
    .update(sessions)
    .set({ status: "completed", ...end, updatedAt: sql`now()` })
    .where(own(owner, session));
}

/** Ends a session for good and forgets its sandbox. The caller holds the row's lock and removes the sandbox. */
export async function markTerminated(db: Db, owner: string, session: string): Promise<void> {
  await db
    .update(sessions)
    .set({ status: "terminated", sandboxRef: null, updatedAt: sql`now()` })
    .where(own(owner, session));
}

/** Removes the session with its turns, events and resources. */
export async function deleteSession(db: Db, owner: string, session: string): Promise<void> {
  await db.delete(sessions).where(own(owner, session));
}
