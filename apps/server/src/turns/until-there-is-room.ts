import { setTimeout as delay } from "node:timers/promises";
import { TurnFailure } from "./turn-failure.ts";

const retryMs = 250;
const fullCodes = new Set(["ENOSPC", "EDQUOT"]);

export interface RoomOptions {
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Told once. */
  readonly onFull: (error: unknown) => void;
}

/**
 * Starts again for as long as the disk is full; every other error is the caller's.
 *
 * @throws TurnFailure when it was full for all the time, or the signal's reason.
 */
export async function untilThereIsRoom<T>(start: () => Promise<T>, options: RoomOptions): Promise<T> {
  const { limitMs, signal, onFull } = options;
  const began = performance.now();
  for (let isTold = false; ; isTold = true) {
    try {
      return await start();
    } catch (error) {
      if (!fullCodes.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
      if (!isTold) onFull(error);
      if (performance.now() - began > limitMs)
        throw new TurnFailure("The disk was full until the turn's time was over");
      await delay(retryMs);
      signal.throwIfAborted();
    }
  }
}
