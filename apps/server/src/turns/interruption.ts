import type { SupervisedTurn } from "../sandboxes/sandbox-driver.ts";

export interface InterruptionOptions {
  /** How long a program may take to end by itself once it was asked. */
  readonly graceMs: number;
  readonly onError: (error: unknown) => void;
}

/** That a turn is to be cut short: before its program is started, or else by asking the program, and then by force. */
export class Interruption {
  readonly #options: InterruptionOptions;
  readonly #preparations = new AbortController();
  #program: { readonly turn: SupervisedTurn; readonly firstSignal: NodeJS.Signals } | null = null;
  #escalation: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: InterruptionOptions) {
    this.#options = options;
  }

  /** Aborts what comes before the program. */
  get signal(): AbortSignal {
    return this.#preparations.signal;
  }

  get isRequested(): boolean {
    return this.#preparations.signal.aborted;
  }

  /** Repeating it changes nothing. Once the program is over it is too late. */
  request(): void {
    if (this.#isClosed || this.isRequested) return;
    this.#preparations.abort(new Error("The turn was interrupted"));
    this.#ask();
  }

  /** From here on this program is what is interrupted. */
  watch(turn: SupervisedTurn, firstSignal: NodeJS.Signals): void {
    this.#program = { turn, firstSignal };
    if (this.isRequested) this.#ask();
  }

  /** The program is over, or somebody else's. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#escalation);
  }

  #ask(): void {
    if (this.#program === null) return;
    const { turn, firstSignal } = this.#program;
    const { graceMs, onError } = this.#options;
    this.#escalateAfter(graceMs);
    turn.interrupt(firstSignal).catch((error: unknown) => {
      onError(error);
      // A program that cannot be asked is not waited for.
      this.#escalateAfter(0);
    });
  }

  /** SIGTERM, and soon SIGKILL, to everything that belongs to it; again for as long as that cannot be done. */
  #escalateAfter(ms: number): void {
    clearTimeout(this.#escalation);
    if (this.#isClosed) return;
    this.#escalation = setTimeout(() => {
      this.#program?.turn.kill().catch((error: unknown) => {
        this.#options.onError(error);
        this.#escalateAfter(this.#options.graceMs);
      });
    }, ms);
  }
}
