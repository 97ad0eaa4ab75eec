import { eq, sql } from "drizzle-orm";
import { sessions } from "../store/schema.ts";
import type { Db, Store } from "../store/store.ts";
import { StaleFenceError } from "./event-log.ts";
import type { AppendRequest, EventEntry, EventLog, SessionTransaction, StoredEvent } from "./event-log.ts";
import type { EventTail } from "./event-tail.ts";
import { extendLog, missingEntries } from "./log-state.ts";
import type { LogState } from "./log-state.ts";

/** How many sessions' ends are remembered, so that an append needs one round trip. A miss costs one more. */
const rememberedSessions = 4_096;
const rowsAtOnce = 10_000;

// One statement, one round trip. The session row is locked before the turn's: whoever finishes or terminates a turn takes
// them in that order too. The turn is updated rather than read, so that an adoption that is under way is waited for.
const appendText = (more: string) => `
    with head as materialized (
      select id from sessions where id = $1 and last_seq = $2 and event_count = $13 for no key update
    ), own as (
      update turns set spool_offset = coalesce($5, spool_offset)
      where session_id = $1 and turn = $3 and attempt = $4 and status = 'running' and exists (select from head)
      returning turn
    ), grown as (
      update sessions set last_seq = $6, event_count = $7, digest_state = $8
      where id = $1 and exists (select from own)
      returning id
    ), written as (
      insert into events (session_id, seq, turn, terminal, data)
      select $1, * from unnest($9::bigint[], $10::int[], $11::bool[], $12::text[])
      where exists (select from grown)
    )${more}
    select (select count(*) from head)::int as head, (select count(*) from own)::int as own`;

const appendStatement = { name: "aod_append", text: appendText("") };

/** The same with agent events. Apart, so that output without meaning does not pay for it. */
const appendDecodedStatement = {
  name: "aod_append_decoded",
  text: appendText(`, decoded as (
      insert into agent_events (session_id, turn, position, data)
      select $1, $3, * from unnest($14::int[], $15::text[])
      where exists (select from grown)
      on conflict do nothing
    )`),
};

const headStatement = {
  name: "aod_log_head",
  text: `select last_seq, event_count, digest_state from sessions where id = $1`,
};

const readStatement = {
  name: "aod_log_read",
  text: `
    select seq, turn, terminal, data from events
    where session_id = $1 and seq > $2
      and (not terminal or seq = (select last_seq from sessions where id = $1))
    order by seq limit $3`,
};

interface EventRow {
  seq: string;
  turn: number | null;
  terminal: boolean;
  data: string;
}

class PostgresEventLog implements EventLog {
  readonly #store: Store;
  readonly #tail: EventTail;
  readonly #heads = new Map<string, LogState>();

  constructor(store: Store, tail: EventTail) {
    this.#store = store;
    this.#tail = tail;
  }

  async append(request: AppendRequest): Promise<{ lastSeq: number }> {
    const { sessionId, fence, entries, after } = request;
    for (;;) {
      const head = this.#heads.get(sessionId) ?? (await this.#readHead(sessionId));
      if (head === null) throw new StaleFenceError(sessionId, fence);
      const missing = missingEntries(entries, after, head);
      const { events, state } = extendLog(head, missing);
      const outcome = await this.#write(request, head, events, state);
      if (outcome === "written") {
        this.#remember(sessionId, state);
        if (missing.length < entries.length) this.#tail.publish(sessionId);
        else if (events.length > 0) this.#tail.publish(sessionId, events);
        return { lastSeq: state.lastSeq };
      }
      this.#heads.delete(sessionId);
      if (outcome === "stale") throw new StaleFenceError(sessionId, fence);
    }
  }

  async transact<T>(sessionId: string, work: (transaction: SessionTransaction) => Promise<T>): Promise<T | null> {
    const appended: StoredEvent[] = [];
    const outcome = await this.#store.db.transaction(async (db) => {
      const [session] = await db.select().from(sessions).where(eq(sessions.id, sessionId)).for("no key update");
      if (session === undefined) return null;
      let state: LogState = session;
      const append = async (entries: readonly EventEntry[]): Promise<void> => {
        if (entries.length === 0) return;
        const extended = extendLog(state, entries);
        state = extended.state;
        await insertEvents(db, sessionId, extended.events, state);
        appended.push(...extended.events);
      };
      return { result: await work({ db, session, append }) };
    });
    this.#heads.delete(sessionId);
    // Also without events: the status may have changed.
    this.#tail.publish(sessionId);
    return outcome === null ? null : outcome.result;
  }

  async read(query: { sessionId: string; after: number; limit: number }): Promise<StoredEvent[]> {
    const { rows } = await this.#store.pool.query<EventRow>({
      ...readStatement,
      values: [query.sessionId, query.after, query.limit],
    });
    return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
  }

  async #write(
    { sessionId, fence, spoolOffset, agentEvents = [] }: AppendRequest,
    head: LogState,
    events: readonly StoredEvent[],
    state: LogState,
  ): Promise<"written" | "stale" | "moved"> {
    try {
      const { rows } = await this.#store.pool.query<{ head: number; own: number }>({
        ...(agentEvents.length === 0 ? appendStatement : appendDecodedStatement),
        values: [
          sessionId,
          head.lastSeq,
          fence.turn,
          fence.attempt,
          spoolOffset ?? null,
          state.lastSeq,
          state.eventCount,
          state.digestState,
          events.map(({ seq }) => seq),
          events.map(({ turn }) => turn),
          events.map(({ terminal }) => terminal),
          events.map(({ data }) => data),
          head.eventCount,
          ...(agentEvents.length === 0
            ? []
            : [agentEvents.map(({ position }) => position), agentEvents.map(({ data }) => data)]),
        ],
      });
      if (rows[0]?.head !== 1) return "moved";
      return rows[0].own === 1 ? "written" : "stale";
    } catch (error) {
      this.#heads.delete(sessionId);
      throw error;
    }
  }

  async #readHead(sessionId: string): Promise<LogState | null> {
    const { rows } = await this.#store.pool.query<{ last_seq: string; event_count: string; digest_state: string }>({
      ...headStatement,
      values: [sessionId],
    });
    const [row] = rows;
    if (row === undefined) return null;
    return { lastSeq: Number(row.last_seq), eventCount: Number(row.event_count), digestState: row.digest_state };
  }

  #remember(sessionId: string, state: LogState): void {
    this.#heads.delete(sessionId);
    this.#heads.set(sessionId, state);
    if (this.#heads.size <= rememberedSessions) return;
    const oldest = this.#heads.keys().next();
    if (oldest.done !== true) this.#heads.delete(oldest.value);
  }
}

async function insertEvents(db: Db, sessionId: string, events: readonly StoredEvent[], state: LogState): Promise<void> {
  await db.update(sessions).set(state).where(eq(sessions.id, sessionId));
  // In parts: one statement takes 65,535 parameters.
  for (let start = 0; start < events.length; start += rowsAtOnce) {
    const rows = events
      .slice(start, start + rowsAtOnce)
      .map(({ seq, turn, terminal, data }) => sql`(${sessionId}, ${seq}, ${turn}, ${terminal}, ${data})`);
    await db.execute(sql`insert into events (session_id, seq, turn, terminal, data) values ${sql.join(rows, sql`, `)}`);
  }
}

/** The event log on PostgreSQL; wakes readers through `tail`. */
export function createEventLog(store: Store, tail: EventTail): EventLog {
  return new PostgresEventLog(store, tail);
}
