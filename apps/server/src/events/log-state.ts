import { RunningDigest } from "@aod/core/digest";
import { escapeLineSeparators } from "@aod/stream/encode";
import type { EventEntry, StoredEvent } from "./event-log.ts";

/** Where a session's log ends: what the next events are numbered and proved from. */
export interface LogState {
  readonly lastSeq: number;
  /** How many events the digest covers: all but the terminal ones. */
  readonly eventCount: number;
  /** Saved `RunningDigest`. */
  readonly digestState: string;
}

const terminalTypes: ReadonlySet<EventEntry["type"]> = new Set(["exit", "error", "terminated"]);

/** What of `entries`, the first of which follows the event `after`, is not in a log that ends with `lastSeq`. */
export function missingEntries(
  entries: readonly EventEntry[],
  after: number | undefined,
  { lastSeq }: Pick<LogState, "lastSeq">,
): readonly EventEntry[] {
  return after === undefined ? entries : entries.slice(Math.max(lastSeq - after, 0));
}

/** Numbers and serialises `entries` behind `state`. Pure; what it returns is stored and sent as it is. */
export function extendLog(
  state: LogState,
  entries: readonly EventEntry[],
): { readonly events: StoredEvent[]; readonly state: LogState } {
  const digest = RunningDigest.restore(state.digestState);
  let { lastSeq, eventCount } = state;
  const events = entries.map(({ type, turn, fields }): StoredEvent => {
    const seq = ++lastSeq;
    const terminal = terminalTypes.has(type);
    const proof = terminal ? { count: eventCount, digest: digest.hex() } : {};
    const data = escapeLineSeparators(JSON.stringify({ type, id: seq, ...fields, ...proof }));
    if (!terminal) {
      digest.update(`${data}\n`);
      eventCount += 1;
    }
    return { seq, turn, terminal, data };
  });
  return { events, state: { lastSeq, eventCount, digestState: digest.save() } };
}
