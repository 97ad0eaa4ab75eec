import { encodeEvent } from "@aod/stream/encode";
import type { SessionState } from "./session-page.ts";

/** Nothing follows in these states until somebody sends the next prompt. */
export function isFinished({ status }: SessionState): boolean {
  return status === "completed" || status === "failed" || status === "terminated";
}

/**
 * The frame that ends a connection of a finished session: the stored one. When the log was purged, one that says how
 * the session ended, without count and digest, because there is nothing left to prove.
 */
export function terminalFrame(state: SessionState): string {
  const { terminal, status, exitCode, lastSeq } = state;
  if (terminal !== null) return encodeEvent({ id: terminal.seq, data: terminal.data });
  const fields =
    status === "terminated"
      ? { type: "terminated", id: lastSeq, message: "Session terminated" }
      : status === "failed" && exitCode === null
        ? { type: "error", id: lastSeq, message: "Session failed" }
        : { type: "exit", id: lastSeq, code: exitCode ?? 0 };
  return encodeUnstored(fields);
}

/** The frame that ends a connection on which nothing was sent for long. It is not part of the log. */
export function staleFrame(lastId: number, seconds: number): string {
  return encodeUnstored({ type: "stale", id: lastId, message: `No output for ${seconds}s` });
}

/** Without an `id:` line where there is nothing to resume from: 0 is not the number of an event. */
function encodeUnstored({ type, id, ...fields }: { type: string; id: number; [key: string]: unknown }): string {
  return id === 0
    ? encodeEvent({ data: JSON.stringify({ type, ...fields }) })
    : encodeEvent({ id, data: JSON.stringify({ type, id, ...fields }) });
}
