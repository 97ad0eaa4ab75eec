import { setTimeout as delay } from "node:timers/promises";

const retryMs = 250;

/**
 * Asks again for as long as the database cannot be reached; every other error is the caller's. Only for what may be done
 * twice: an answer can be lost after the commit.
 *
 * @param onAway Told once.
 * @throws the signal's reason when it aborts meanwhile.
 */
export async function untilDatabaseAnswers<T>(
  question: () => Promise<T>,
  signal: AbortSignal,
  onAway: (error: unknown) => void,
): Promise<T> {
  for (let isTold = false; ; isTold = true) {
    try {
      return await question();
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      if (!isTold) onAway(error);
      signal.throwIfAborted();
      await delay(retryMs);
    }
  }
}

// Connection errors have a system code or none; the server's own say that it starts, stops, or is out of something: disk
// space, memory, connections.
const awayStates = /^(08|57P0|53)/;
const awayMessage =
  /Connection terminated|connection timeout|timeout exceeded when trying to connect|Client has encountered/i;

function isDatabaseAway(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== undefined && (awayStates.test(code) || /^(ECONN|EPIPE|ENOENT|ETIMEDOUT)/.test(code))) return true;
    if (awayMessage.test(cause.message)) return true;
  }
  return false;
}
