import type { Clock } from "../../src/clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that only moves when told to. */
export class TestClock implements Clock {
  #now = Date.parse("2026-01-01T00:00:00Z");
  readonly #timers = new Set<Timer>();
  #waiting: { readonly delayMs: number; readonly resolve: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    this.#waiting = this.#waiting.filter((waiting) => {
      if (waiting.delayMs !== delayMs) return true;
      waiting.resolve();
      return false;
    });
    return () => this.#timers.delete(timer);
  }

  /** Resolves when a timer of exactly this length is running. */
  timer(delayMs: number): Promise<void> {
    if (this.pending.includes(delayMs)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ delayMs, resolve }));
  }

  /** How long each running timer has to go. */
  get pending(): number[] {
    return [...this.#timers].map((timer) => timer.at - this.#now);
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers]) {
      if (timer.at > this.#now) continue;
      this.#timers.delete(timer);
      timer.callback();
    }
  }
}
