// Who works on a turn. All times are the database's clock; a worker is the holder while its attempt is the turn's.
import type { Store } from "../store/store.ts";

const leaseSeconds = 4;
/** A turn that has killed so many workers before it could start is given up. */
export const maxAttempts = 10;

/** A turn that this process holds. */
export interface HeldTurn {
  readonly sessionId: string;
  readonly turn: number;
  /** The fencing token. */
  readonly attempt: number;
  readonly prompt: string;
  readonly timeoutSeconds: number;
  readonly spoolOffset: number;
  /** Its owner has asked to interrupt it. */
  readonly isInterrupted: boolean;
}

export interface Holder {
  readonly workerId: string;
  readonly hostId: string;
}

interface HeldRow {
  session_id: string;
  turn: number;
  attempt: number;
  prompt: string;
  timeout_seconds: number;
  spool_offset: string;
  is_interrupted: boolean;
}

const heldColumns =
  "session_id, turn, attempt, prompt, timeout_seconds, spool_offset, interrupt_requested_at is not null as is_interrupted";

function toHeldTurn(row: HeldRow): HeldTurn {
  return {
    sessionId: row.session_id,
    turn: row.turn,
    attempt: row.attempt,
    prompt: row.prompt,
    timeoutSeconds: row.timeout_seconds,
    spoolOffset: Number(row.spool_offset),
    isInterrupted: row.is_interrupted,
  };
}

/** Starts a pending turn. @returns null when somebody else did, or the session is over. */
export async function claimTurn(
  store: Store,
  { sessionId, turn }: { sessionId: string; turn: number },
  holder: Holder,
): Promise<HeldTurn | null> {
  // One statement, because a session's start waits for it. The session is locked first, as everywhere.
  const { rows } = await store.pool.query<HeldRow>({
    name: "aod_claim_turn",
    text: `
      with session as materialized (
        select id from sessions where id = $1 and status <> 'terminated' for no key update
      ), claimed as (
        update turns set status = 'running', attempt = attempt + 1, worker_id = $3, host_id = $4,
          lease_until = now() + make_interval(secs => $5), started_at = now()
        where session_id = $1 and turn = $2 and status = 'pending' and (host_id is null or host_id = $4)
          and exists (select from session)
        returning ${heldColumns}
      ), started as (
        update sessions set status = 'running', updated_at = now() where id = $1 and exists (select from claimed)
      )
      select * from claimed`,
    values: [sessionId, turn, holder.workerId, holder.hostId, leaseSeconds],
  });
  const row = rows[0];
  return row === undefined ? null : toHeldTurn(row);
}

/** A running turn that this machine could take over. */
export interface ForeignTurn {
  readonly sessionId: string;
  readonly turn: number;
  readonly attempt: number;
  readonly workerId: string | null;
  readonly isExpired: boolean;
}

/**
 * Running turns on this machine that are not this worker's. One under its name whose lease has ended is among them: it may
 * know nothing of it, because the answer to its claim was lost.
 */
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
      where status = 'running' and (worker_id is distinct from $1 or lease_until < now())
        and (host_id is null or host_id = $2)`,
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
export async function adoptTurn(store: Store, turn: ForeignTurn, holder: Holder): Promise<HeldTurn | null> {
  const { rows } = await store.pool.query<HeldRow>(
    `update turns set attempt = attempt + 1, worker_id = $4, host_id = $5, lease_until = now() + make_interval(secs => $6)
     where session_id = $1 and turn = $2 and attempt = $3 and status = 'running'
     returning ${heldColumns}`,
    [turn.sessionId, turn.turn, turn.attempt, holder.workerId, holder.hostId, leaseSeconds],
  );
  const row = rows[0];
  return row === undefined ? null : toHeldTurn(row);
}

/**
 * Renews all leases of this process.
 *
 * @returns those that it no longer holds, and those whose owner has asked to interrupt them.
 */
export async function renewLeases(
  store: Store,
  held: readonly HeldTurn[],
): Promise<{ lost: HeldTurn[]; interrupted: HeldTurn[] }> {
  if (held.length === 0) return { lost: [], interrupted: [] };
  const { rows } = await store.pool.query<{ session_id: string; is_interrupted: boolean }>({
    name: "aod_renew_leases",
    text: `
      update turns set lease_until = now() + make_interval(secs => $4)
      from unnest($1::uuid[], $2::int[], $3::int[]) as held (session_id, turn, attempt)
      where turns.session_id = held.session_id and turns.turn = held.turn and turns.attempt = held.attempt
        and turns.status = 'running'
      returning turns.session_id, turns.interrupt_requested_at is not null as is_interrupted`,
    values: [
      held.map(({ sessionId }) => sessionId),
      held.map(({ turn }) => turn),
      held.map(({ attempt }) => attempt),
      leaseSeconds,
    ],
  });
  const renewed = new Map(rows.map((row) => [row.session_id, row]));
  return {
    lost: held.filter(({ sessionId }) => !renewed.has(sessionId)),
    interrupted: held.filter(({ sessionId }) => renewed.get(sessionId)?.is_interrupted === true),
  };
}

/** Gives one turn back. */
export async function releaseTurn(store: Store, { sessionId, turn, attempt }: HeldTurn): Promise<void> {
  await store.pool.query(
    `update turns set worker_id = null, lease_until = now()
     where session_id = $1 and turn = $2 and attempt = $3 and status = 'running'`,
    [sessionId, turn, attempt],
  );
}

/** Gives everything back, so that the next worker need not wait for the leases to end. */
export async function releaseLeases(store: Store, holder: Holder): Promise<void> {
  await store.pool.query(
    `update turns set worker_id = null, lease_until = now() where worker_id = $1 and status = 'running'`,
    [holder.workerId],
  );
}

/** Which turns nobody will ever run. */
export interface HopelessLimits {
  /** Machines with a worker that takes turns. */
  readonly liveHosts: ReadonlySet<string>;
  /** Longer than the supervisors of a dead machine's turns go on. */
  readonly afterSeconds: number;
}

/**
 * Takes turns of machines that did not come back, so that they can be failed: running ones whose lease ended so long ago
 * that their supervisor has given up, and waiting ones that only a machine nobody hears of could run.
 */
export async function takeHopelessTurns(
  store: Store,
  workerId: string,
  { liveHosts, afterSeconds }: HopelessLimits,
): Promise<HeldTurn[]> {
  const { rows } = await store.pool.query<HeldRow>(
    `update turns set status = 'running', attempt = attempt + 1, worker_id = $1, lease_until = now() + interval '60 s'
     where host_id <> all ($2::text[]) and (
       (status = 'running' and lease_until < now() - make_interval(secs => $3))
       or (status = 'pending' and created_at < now() - make_interval(secs => $3)))
     returning ${heldColumns}`,
    [workerId, [...liveHosts], afterSeconds],
  );
  return rows.map(toHeldTurn);
}

/** Turns that are not over and that this machine would have to run, by the driver that they need. */
export async function countUnfinishedTurns(store: Store, hostId: string): Promise<{ driver: string; turns: number }[]> {
  const { rows } = await store.pool.query<{ driver: string; turns: number }>(
    `select driver, count(*)::int as turns from turns join sessions on sessions.id = session_id
     where turns.status in ('pending', 'running') and (host_id is null or host_id = $1)
     group by driver order by driver`,
    [hostId],
  );
  return rows;
}
