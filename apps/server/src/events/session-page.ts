import type { Store } from "../store/store.ts";
import type { StoredEvent } from "./event-log.ts";

/** How a session stood when a page of its log was read. */
export interface SessionState {
  readonly status: string;
  readonly exitCode: number | null;
  readonly lastSeq: number;
  /** The event that ended it, when it is ended and not purged. */
  readonly terminal: StoredEvent | null;
}

export interface SessionPage {
  /** Not the terminal ones, in order. */
  readonly events: readonly StoredEvent[];
  /** Everything up to here was read. */
  readonly last: number;
  readonly state: SessionState;
}

// One statement, so that rows and status belong together. The last row comes with it for a cursor that is past the end,
// because a finished session repeats its terminal event for it.
const statement = {
  name: "aod_session_page",
  text: `
    select s.status, s.exit_code, s.last_seq, e.seq, e.turn, e.terminal, e.data
    from sessions s left join lateral (
      select seq, turn, terminal, data from events
      where session_id = s.id and seq > least($2::bigint, s.last_seq - 1) and (not terminal or seq = s.last_seq)
      order by seq limit $3
    ) e on true
    where s.id = $1`,
};

interface Row {
  status: string;
  exit_code: number | null;
  last_seq: string;
  seq: string | null;
  turn: number | null;
  terminal: boolean | null;
  data: string | null;
}

/** Reads at most `limit` events behind `after`. null when there is no such session. */
export async function readSessionPage(
  store: Store,
  query: { readonly sessionId: string; readonly after: number; readonly limit: number },
): Promise<SessionPage | null> {
  const { rows } = await store.pool.query<Row>({ ...statement, values: [query.sessionId, query.after, query.limit] });
  const [first] = rows;
  if (first === undefined) return null;
  const lastSeq = Number(first.last_seq);
  const events: StoredEvent[] = [];
  let terminal: StoredEvent | null = null;
  for (const { seq, turn, data, ...row } of rows) {
    if (seq === null || data === null) continue;
    const event = { seq: Number(seq), turn, terminal: row.terminal === true, data };
    if (event.terminal) terminal = event;
    else if (event.seq > query.after) events.push(event);
  }
  return {
    events,
    last: rows.length < query.limit ? Math.max(lastSeq, query.after) : (events.at(-1)?.seq ?? lastSeq),
    state: { status: first.status, exitCode: first.exit_code, lastSeq, terminal },
  };
}
