export interface Repetition {
  /** Resolves when the round that is at work has ended; no other begins. */
  stop(): Promise<void>;
}

/** Does `work` again and again, `pauseMs` after each round's end. Errors are reported and do not end it. */
export function repeat(work: () => Promise<void>, pauseMs: number, onError: (error: unknown) => void): Repetition {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let round = Promise.resolve();
  const schedule = (): void => {
    if (isStopped) return;
    timer = setTimeout(() => {
      // Work that throws at once is reported like work that rejects.
      round = Promise.resolve().then(work).catch(onError).then(schedule);
    }, pauseMs);
  };
  schedule();
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      return round;
    },
  };
}
