import { and, asc, eq, gt } from "drizzle-orm";
import { events } from "../store/schema.ts";
import type { Store } from "../store/store.ts";

const pageRows = 100;

/** A piece of what a turn's program wrote. */
export interface OutputPiece {
  readonly text: string;
  readonly stream: "stdout" | "stderr";
}

/**
 * The output of a turn that is in the log, in order.
 *
 * @param ask runs each query; it may try again
 */
export async function* readTurnOutput(
  store: Store,
  { sessionId, turn }: { readonly sessionId: string; readonly turn: number },
  ask: <T>(question: () => Promise<T>) => Promise<T>,
): AsyncGenerator<OutputPiece> {
  for (let after = 0; ;) {
    const ofTurn = and(eq(events.sessionId, sessionId), eq(events.turn, turn), gt(events.seq, after));
    const rows = await ask(() =>
      store.db
        .select({ seq: events.seq, data: events.data })
        .from(events)
        .where(ofTurn)
        .orderBy(asc(events.seq))
        .limit(pageRows),
    );
    for (const { seq, data } of rows) {
      after = seq;
      const event = JSON.parse(data) as { type: string; stream: OutputPiece["stream"]; data: string };
      if (event.type === "output") yield { text: event.data, stream: event.stream };
    }
    if (rows.length < pageRows) return;
  }
}
