import { StaleFenceError, type EventEntry, type EventLog } from "../events/event-log.ts";
import type { AgentEntry } from "../store/agent-events.ts";
import type { HeldTurn } from "./leases.ts";

/** One append holds at most so many entries. */
const batchEntries = 500;
/** Beyond so much waiting text the producer has to wait. */
const fullChars = 4 * 1024 * 1024;
/** An append waits so long for company. */
const restMs = 3;
const retryMs = 250;

interface Waiting {
  readonly entry: EventEntry;
  readonly chars: number;
  /** Where the spool goes on behind this entry; absent for entries that do not come from it. */
  readonly spoolOffset: number | undefined;
  /** What the entry means. */
  readonly agentEvents: readonly AgentEntry[];
}

/** What goes into the log with an entry. */
export interface EntryExtras {
  readonly spoolOffset?: number;
  readonly agentEvents?: readonly AgentEntry[];
  /** About how much memory the entry takes, its agent events left out. @default 0 */
  readonly chars?: number;
}

export interface PumpOptions {
  readonly log: Pick<EventLog, "append">;
  readonly turn: Pick<HeldTurn, "sessionId" | "turn" | "attempt">;
  /** The highest number in the session's log, asked for once: only this attempt moves it. */
  readonly readLastSeq: () => Promise<number>;
  /** The turn was lost to somebody else, or its session is over: nothing more can be written. */
  readonly onStale: () => void;
  /** The database takes nothing; the pump goes on trying. Told once, until it takes something again. */
  readonly onError: (error: unknown) => void;
}

/** What a pump had not brought into the log for certain. */
export interface Drained {
  readonly entries: readonly EventEntry[];
  /** The number of the event before the first of these entries, some of which may be in the log; absent when none is. */
  readonly after?: number | undefined;
  readonly agentEvents: readonly AgentEntry[];
  readonly spoolOffset: number | undefined;
}

/** Brings a turn's events into the log in order, many in one append, each once whatever the database does meanwhile. */
export class EventPump {
  readonly #options: PumpOptions;
  #waiting: Waiting[] = [];
  #chars = 0;
  #lastSeq: number | undefined;
  #working: Promise<void> | undefined;
  #isStale = false;
  #isStopped = false;
  #isDraining = false;
  #isAwaited = false;
  #isAway = false;
  #endRest: (() => void) | undefined;
  #room: (() => void) | undefined;

  constructor(options: PumpOptions) {
    this.#options = options;
  }

  /** Queues an entry. Resolves at once, or when there is room again. */
  async add(entry: EventEntry, extras: EntryExtras = {}): Promise<void> {
    if (this.#isOver) return;
    const { spoolOffset, agentEvents = [] } = extras;
    const chars = agentEvents.reduce((sum, { data }) => sum + data.length, extras.chars ?? 0);
    this.#waiting.push({ entry, chars, spoolOffset, agentEvents });
    this.#chars += chars;
    this.#working ??= this.#work();
    if (this.#chars > fullChars) await new Promise<void>((resolve) => (this.#room = resolve));
  }

  /**
   * Everything added so far is in the log.
   *
   * @throws StaleFenceError when it cannot be any more.
   */
  async flush(): Promise<void> {
    this.#isAwaited = true;
    this.#endRest?.();
    while (this.#working !== undefined) await this.#working;
    this.#isAwaited = false;
    if (this.#isStale) this.#throwStale();
  }

  /**
   * Begins no other append and hands out what is not known to be in the log, for the transaction that finishes the turn.
   *
   * @throws StaleFenceError when nothing can be written any more.
   */
  async drain(): Promise<Drained> {
    this.#isDraining = true;
    this.#endRest?.();
    await this.#working;
    if (this.#isStale) this.#throwStale();
    return {
      entries: this.#waiting.map(({ entry }) => entry),
      after: this.#lastSeq,
      agentEvents: this.#waiting.flatMap(({ agentEvents }) => agentEvents),
      spoolOffset: this.#waiting.findLast((item) => item.spoolOffset !== undefined)?.spoolOffset,
    };
  }

  /** Appends nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#endRest?.();
    this.#room?.();
  }

  get #isOver(): boolean {
    return this.#isStale || this.#isStopped || this.#isDraining;
  }

  async #work(): Promise<void> {
    await this.#rest();
    while (this.#waiting.length > 0 && !this.#isOver) {
      const batch = this.#waiting.slice(0, batchEntries);
      const isAppended = await this.#append(batch);
      if (isAppended) this.#remove(batch);
      if (this.#waiting.length > 0) await (isAppended ? this.#rest() : this.#sleep(retryMs));
    }
    this.#working = undefined;
  }

  /** What comes within this time goes into one append, unless somebody waits for it. */
  async #rest(): Promise<void> {
    if (!this.#isAwaited) await this.#sleep(restMs);
  }

  /** Ends early when somebody waits, or nothing more is to be done. */
  async #sleep(ms: number): Promise<void> {
    if (this.#isOver) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#endRest = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.#endRest = undefined;
  }

  async #append(batch: readonly Waiting[]): Promise<boolean> {
    const { log, turn, readLastSeq, onStale, onError } = this.#options;
    const spoolOffset = batch.findLast((item) => item.spoolOffset !== undefined)?.spoolOffset;
    try {
      this.#lastSeq ??= await readLastSeq();
      const { lastSeq } = await log.append({
        sessionId: turn.sessionId,
        fence: { turn: turn.turn, attempt: turn.attempt },
        entries: batch.map(({ entry }) => entry),
        after: this.#lastSeq,
        agentEvents: batch.flatMap(({ agentEvents }) => agentEvents),
        ...(spoolOffset !== undefined && { spoolOffset }),
      });
      this.#lastSeq = lastSeq;
      this.#isAway = false;
      return true;
    } catch (error) {
      if (error instanceof StaleFenceError) {
        this.#isStale = true;
        this.#room?.();
        onStale();
        return false;
      }
      if (!this.#isAway) onError(error);
      this.#isAway = true;
      return false;
    }
  }

  #remove(batch: readonly Waiting[]): void {
    this.#waiting.splice(0, batch.length);
    for (const { chars } of batch) this.#chars -= chars;
    if (this.#chars <= fullChars) this.#room?.();
  }

  #throwStale(): never {
    const { turn, attempt, sessionId } = this.#options.turn;
    throw new StaleFenceError(sessionId, { turn, attempt });
  }
}
