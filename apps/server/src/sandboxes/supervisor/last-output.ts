import type { OutputReader } from "./output-reader.ts";
import type { SpoolWriter } from "./spool-writer.ts";
import { lastOutputMs, within } from "./within.ts";

/**
 * Reads what the pipes still hold when the program and all that could be found of it is gone. With every holder of the pipes
 * gone this is immediate; the limit is for a holder that nobody can find.
 */
export async function readLastOutput(
  readers: readonly OutputReader[],
  spool: Pick<SpoolWriter, "drain" | "isBlocked">,
): Promise<void> {
  const ended = Promise.all(readers.map((reader) => reader.ended));
  do {
    // Nothing is read while the disk is full. Its time does not count.
    await spool.drain();
    await within(lastOutputMs, ended);
  } while (spool.isBlocked);
}
