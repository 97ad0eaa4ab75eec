import type { FeedClock } from "../../src/events/session-feeds.ts";

/** A clock that stands still until it is moved. */
export interface TestClock extends FeedClock {
  /** Moves the time in steps of a second, as timers would see it. */
  advance(ms: number): void;
}

export function createTestClock(): TestClock {
  let now = 0;
  const timers = new Set<() => void>();
  return {
    now: () => now,
    every: (_ms, work) => {
      timers.add(work);
      return () => timers.delete(work);
    },
    advance: (ms) => {
      for (const end = now + ms; now < end;) {
        now = Math.min(end, now + 1_000);
        for (const work of timers) work();
      }
    },
  };
}
