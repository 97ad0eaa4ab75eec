import { RunningDigest } from "@aod/core/digest";
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

/**
 * JSON that stays one line for every reader: Unicode has three line ends that JSON leaves as they are and that some
 * readers split at.
 */
function toLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u0085\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
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
    const data = toLine({ type, id: seq, ...fields, ...proof });
    if (!terminal) {
      digest.update(`${data}\n`);
      eventCount += 1;
    }
    return { seq, turn, terminal, data };
  });
  return { events, state: { lastSeq, eventCount, digestState: digest.save() } };
}
