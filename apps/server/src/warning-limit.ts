const whileMs = 600_000;
const mostNames = 100;

/**
 * How loud to log what strangers can cause as often as they like: each thing is a warning once in ten minutes, and a
 * hundred things at most. The rest is for `debug`.
 */
export class WarningLimit {
  readonly #now: () => number;
  readonly #warned = new Set<string>();
  #startedAt = -Infinity;

  /** @param now milliseconds from any fixed point */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @param name what happened, and to whom */
  levelOf(name: string): "warn" | "debug" {
    const now = this.#now();
    if (now - this.#startedAt >= whileMs) {
      this.#startedAt = now;
      this.#warned.clear();
    }
    if (this.#warned.has(name) || this.#warned.size >= mostNames) return "debug";
    this.#warned.add(name);
    return "warn";
  }
}
