import type { Ending, ProgramEnd } from "./types.ts";

/** How shells and programs report that SIGINT or SIGTERM ended them. */
const stoppedBySignal = new Set([130, 143]);

/**
 * The end of a turn whose output stopped before its end.
 *
 * @param reason Why a status of 0 is no success here.
 */
export function cutOff(end: ProgramEnd, reason: string): Ending {
  const { exitCode, interrupted = false } = end;
  if (interrupted || (exitCode !== null && stoppedBySignal.has(exitCode))) return { verdict: "interrupted" };
  return exitCode === 0 ? { verdict: "failure", reason } : { verdict: "failure" };
}
