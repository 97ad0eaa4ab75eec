// Who works on a turn. All times are the database's clock; a worker is the holder while its attempt is the turn's.
import { eq, sql } from "drizzle-orm";
import type { EventLog } from "../events/event-log.ts";
import { sessions } from "../store/schema.ts";
import type { Db, Store } from "../store/store.ts";

export const leaseSeconds = 4;
/** A turn that has killed so many workers before it could start is given up. */
export const maxAttempts = 10;

const leaseEnd = sql`now() + make_interval(secs => ${leaseSeconds})`;

/** A turn that this process holds. */
export interface HeldTurn {
  readonly sessionId: string;
  readonly turn: number;
  /** The fencing token. */
  readonly attempt: number;
  readonly prompt: string;
  readonly timeoutSeconds: number;
  readonly spoolOffset: number;
}

export interface Holder {
  readonly workerId: string;
  readonly hostId: string;
}

type HeldRow = {
  session_id: string;
  turn: number;
  attempt: number;
  prompt: string;
  timeout_seconds: number;
  spool_offset: string;
};

const heldColumns = sql`session_id, turn, attempt, prompt, timeout_seconds, spool_offset`;

function toHeldTurn(row: HeldRow): HeldTurn {
  return {
    sessionId: row.session_id,
    turn: row.turn,
    attempt: row.attempt,
    prompt: row.prompt,
    timeoutSeconds: row.timeout_seconds,
    spoolOffset: Number(row.spool_offset),
  };
}

/** Starts a pending turn. @returns null when somebody else did, or the session is over. */
export async function claimTurn(
  log: EventLog,
  { sessionId, turn }: { sessionId: string; turn: number },
  holder: Holder,
): Promise<HeldTurn | null> {
  return await log.transact(sessionId, async ({ db, session }) => {
    if (session.status === "terminated") return null;
    const { rows } = await db.execute<HeldRow>(sql`
      update turns set status = 'running', attempt = attempt + 1, worker_id = ${holder.workerId},
        host_id = ${holder.hostId}, lease_until = ${leaseEnd}, started_at = now()
      where session_id = ${sessionId} and turn = ${turn} and status = 'pending'
        and (host_id is null or host_id = ${holder.hostId})
      returning ${heldColumns}`);
    const row = rows[0];
    if (row === undefined) return null;
    await db
      .update(sessions)
      .set({ status: "running", updatedAt: sql`now()` })
      .where(eq(sessions.id, sessionId));
    return toHeldTurn(row);
  });
}

/** A running turn of another worker of which this machine could take over. */
export interface ForeignTurn {
  readonly sessionId: string;
  readonly turn: number;
  readonly attempt: number;
  readonly workerId: string | null;
  readonly isExpired: boolean;
}

/** Running turns on this machine that are not this worker's. */
export async function listForeignTurns(store: Store, holder: Holder): Promise<ForeignTurn[]> {
  const { rows } = await store.pool.query<{
    session_id: string;
    turn: number;
    attempt: number;
    worker_id: string | null;
    expired: boolean;
  }>({
    name: "aod_foreign_turns",
    text: `
      select session_id, turn, attempt, worker_id, coalesce(lease_until < now(), true) as expired from turns
      where status = 'running' and worker_id is distinct from $1 and (host_id is null or host_id = $2)`,
    values: [holder.workerId, holder.hostId],
  });
  return rows.map((row) => ({
    sessionId: row.session_id,
    turn: row.turn,
    attempt: row.attempt,
    workerId: row.worker_id,
    isExpired: row.expired,
  }));
}

/** Takes a running turn over. @returns null when it moved on meanwhile. */
export async function adoptTurn(db: Db, turn: ForeignTurn, holder: Holder): Promise<HeldTurn | null> {
  const { rows } = await db.execute<HeldRow>(sql`
    update turns set attempt = attempt + 1, worker_id = ${holder.workerId}, host_id = ${holder.hostId},
      lease_until = ${leaseEnd}
    where session_id = ${turn.sessionId} and turn = ${turn.turn} and attempt = ${turn.attempt} and status = 'running'
    returning ${heldColumns}`);
  const row = rows[0];
  return row === undefined ? null : toHeldTurn(row);
}

/** Renews all leases of this process. @returns those that it no longer holds. */
export async function renewLeases(store: Store, held: readonly HeldTurn[]): Promise<HeldTurn[]> {
  if (held.length === 0) return [];
  const { rows } = await store.pool.query<{ session_id: string }>({
    name: "aod_renew_leases",
    text: `
      update turns set lease_until = now() + make_interval(secs => $4)
      from unnest($1::uuid[], $2::int[], $3::int[]) as held (session_id, turn, attempt)
      where turns.session_id = held.session_id and turns.turn = held.turn and turns.attempt = held.attempt
        and turns.status = 'running'
      returning turns.session_id`,
    values: [
      held.map(({ sessionId }) => sessionId),
      held.map(({ turn }) => turn),
      held.map(({ attempt }) => attempt),
      leaseSeconds,
    ],
  });
  const renewed = new Set(rows.map((row) => row.session_id));
  return held.filter(({ sessionId }) => !renewed.has(sessionId));
}

/** Gives everything back, so that the next worker need not wait for the leases to end. */
export async function releaseLeases(store: Store, holder: Holder): Promise<void> {
  await store.pool.query(
    `update turns set worker_id = null, lease_until = now() where worker_id = $1 and status = 'running'`,
    [holder.workerId],
  );
}
