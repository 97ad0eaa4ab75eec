import { encodeComment } from "@aod/stream/encode";
import type { StoredEvent } from "./event-log.ts";
import { EventChunk } from "./event-chunk.ts";
import type { SessionChange } from "./event-tail.ts";
import type { SessionPage, SessionState } from "./session-page.ts";
import type { Subscriber } from "./subscriber.ts";
import { isFinished, terminalFrame } from "./terminal-frame.ts";

const livePageRows = 1_000;
const [fewestPageRows, mostPageRows] = [16, 4_000];
/** What a page of older events should come to. */
const pageBytes = 256 * 1024;
/** How much of the recent log is kept for readers that are a little behind; those further behind read the database. */
const windowBytes = 1024 * 1024;
const retryMs = 500;
/** A round over all readers is made in so many steps, of not fewer than so many readers. */
const [stepsInRound, fewestInStep] = [4, 100];
const endOfStored = encodeComment("end of what is stored");

/** A walk over all readers. */
interface Round {
  readonly readers: SetIterator<Subscriber>;
  /** The least cursor among those who were served. */
  slowest: number;
}

export interface SessionFeedOptions {
  readonly readPage: (after: number, limit: number) => Promise<SessionPage | null>;
  readonly onError: (error: unknown) => void;
}

/**
 * Brings one session's log to all of its readers in this process. Each new event is read, or handed over by the log, and
 * made into bytes once. The readers are cursors: one that is behind catches up with pages of its own.
 */
export class SessionFeed {
  readonly subscribers = new Set<Subscriber>();
  readonly #options: SessionFeedOptions;
  /** The recent log: everything from `#floor` to `#head`. */
  #chunks: EventChunk[] = [];
  #chunkBytes = 0;
  #floor = 0;
  #head = 0;
  #state: SessionState | null = null;
  /** Handed over, and not yet made into a chunk. */
  #handed: StoredEvent[] = [];
  /** Under way, or about to begin. */
  #round: Round | null = null;
  #isRoundDue = false;
  #isReading = false;
  #isDirty = true;
  readonly #pages = new Map<string, Promise<EventChunk | null>>();

  constructor(options: SessionFeedOptions) {
    this.#options = options;
  }

  add(subscriber: Subscriber): void {
    this.subscribers.add(subscriber);
    // The status may have changed since anybody looked, e.g. by a prompt that revived the session.
    this.refresh();
  }

  /** Something was committed. */
  notify(change: SessionChange): void {
    const next = (this.#handed.at(-1)?.seq ?? this.#head) + 1;
    if (change === null || this.#state === null || change[0]?.seq !== next || change.some((event) => event.terminal)) {
      this.refresh();
      return;
    }
    this.#handed.push(...change);
    this.deliver();
  }

  /** Reads what is new; at most one read at a time, and one more when something happened meanwhile. */
  refresh(): void {
    this.#isDirty = true;
    if (this.#isReading || this.subscribers.size === 0) return;
    this.#isReading = true;
    this.#readNew().then(
      () => {
        this.#isReading = false;
        this.deliver();
      },
      (error: unknown) => {
        this.#isReading = false;
        this.#options.onError(error);
        setTimeout(() => this.refresh(), retryMs).unref();
      },
    );
  }

  /**
   * Sends each reader what it can take, soon. Writing to a thousand sockets takes a while: between two steps this process
   * does everything else, and what is appended meanwhile reaches the readers of the next steps with the rest.
   */
  deliver(): void {
    this.#isRoundDue = true;
    if (this.#round !== null) return;
    this.#isRoundDue = false;
    const round = { readers: this.subscribers.values(), slowest: Infinity };
    this.#round = round;
    setImmediate(() => this.#step(round));
  }

  #step(round: Round): void {
    this.#takeHanded();
    const most = Math.max(fewestInStep, Math.ceil(this.subscribers.size / stepsInRound));
    for (let taken = 0; taken < most; taken += 1) {
      const { value: subscriber, done } = round.readers.next();
      if (done === true) {
        this.#endRound(round);
        return;
      }
      this.advance(subscriber);
      if (!subscriber.isOver) round.slowest = Math.min(round.slowest, subscriber.cursor);
    }
    setImmediate(() => this.#step(round));
  }

  #endRound({ slowest }: Round): void {
    this.#round = null;
    this.#forget(slowest);
    if (this.#isRoundDue) this.deliver();
  }

  /** Sends one reader what it can take. */
  advance(subscriber: Subscriber): void {
    while (!subscriber.isOver && !subscriber.isPaging && subscriber.blockedAt === null && this.#state !== null) {
      const isCurrent = !this.#isDirty && !this.#isReading;
      if (isCurrent && subscriber.endAtArrival === null) this.#welcome(subscriber, this.#state);
      if (subscriber.cursor < this.#floor) {
        this.#sendPage(subscriber);
        return;
      }
      const chunk = this.#chunkBehind(subscriber.cursor);
      if (chunk === undefined && isCurrent && isFinished(this.#state)) {
        subscriber.end(terminalFrame(this.#state));
      } else if (isCurrent && !subscriber.follows && subscriber.cursor >= (subscriber.endAtArrival ?? Infinity)) {
        subscriber.end(endOfStored);
      } else if (chunk !== undefined) {
        subscriber.writeChunk(chunk.behind(subscriber.cursor));
      } else {
        return;
      }
    }
  }

  /** The first time that a reader is served from a look at the log that began after it came. */
  #welcome(subscriber: Subscriber, state: SessionState): void {
    subscriber.endAtArrival = this.#head;
    // A finished session says it by its terminal event, whose id is below the cursor.
    if (subscriber.cursor <= this.#head || isFinished(state)) return;
    subscriber.write(encodeComment(`cursor ${subscriber.cursor} is past the last event ${this.#head}`));
  }

  /** True when the reader has seen everything and waits for more. */
  isCaughtUp(subscriber: Subscriber): boolean {
    return this.#state !== null && !subscriber.isPaging && subscriber.cursor >= this.#head;
  }

  /** The first chunk that has something behind `cursor`. Searched by halves: a lagging reader makes the window long. */
  #chunkBehind(cursor: number): EventChunk | undefined {
    let [low, high] = [0, this.#chunks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#chunks[middle]?.last ?? 0) > cursor) high = middle;
      else low = middle + 1;
    }
    return this.#chunks[low];
  }

  async #readNew(): Promise<void> {
    while (this.#isDirty) {
      this.#isDirty = false;
      // The first look only finds the end: what is before it, readers page through.
      const after = this.#state === null ? Number.MAX_SAFE_INTEGER : this.#head;
      const page = await this.#options.readPage(after, livePageRows).catch((error: unknown) => {
        this.#isDirty = true;
        throw error;
      });
      if (page === null) {
        for (const subscriber of this.subscribers) subscriber.end();
        return;
      }
      this.#takeHanded();
      if (this.#state === null) {
        this.#floor = this.#head = page.state.lastSeq;
        this.#state = page.state;
        continue;
      }
      this.#extend(page.last, page.events);
      // Events may have been handed over that are newer than the page.
      if (page.state.lastSeq >= this.#head) this.#state = page.state;
      if (page.last < page.state.lastSeq) this.#isDirty = true;
    }
  }

  #takeHanded(): void {
    const events = this.#handed;
    const last = events.at(-1);
    if (last === undefined || this.#state === null) return;
    this.#handed = [];
    this.#extend(last.seq, events);
    if (isFinished(this.#state)) this.#state = { ...this.#state, status: "running", terminal: null };
  }

  #extend(last: number, events: readonly StoredEvent[]): void {
    if (last <= this.#head) return;
    const fresh = events.filter(({ seq }) => seq > this.#head);
    const chunk = new EventChunk(this.#head, last, fresh);
    this.#head = last;
    this.#chunks.push(chunk);
    this.#chunkBytes += chunk.byteLength;
    while (this.#chunkBytes > windowBytes && this.#chunks.length > 1) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return;
    this.#floor = chunk.last;
    this.#chunkBytes -= chunk.byteLength;
  }

  /** Everybody who reads has what is up to `slowest`. */
  #forget(slowest: number): void {
    for (let [oldest] = this.#chunks; oldest !== undefined && oldest.last <= slowest; [oldest] = this.#chunks) {
      this.#forgetOldest();
    }
  }

  #sendPage(subscriber: Subscriber): void {
    const { cursor, pageRows } = subscriber;
    subscriber.isPaging = true;
    this.#readPage(cursor, pageRows).then(
      (chunk) => {
        subscriber.isPaging = false;
        if (subscriber.isOver) return;
        if (chunk === null) {
          subscriber.end();
          return;
        }
        subscriber.pageRows = nextPageRows(chunk.eventCount, chunk.byteLength);
        subscriber.writeChunk(chunk);
        this.advance(subscriber);
      },
      (error: unknown) => {
        this.#options.onError(error);
        setTimeout(() => {
          subscriber.isPaging = false;
          this.advance(subscriber);
        }, retryMs).unref();
      },
    );
  }

  /** Readers that are at the same place at the same time share one read and its bytes. */
  #readPage(after: number, limit: number): Promise<EventChunk | null> {
    const key = `${after} ${limit}`;
    const running = this.#pages.get(key);
    if (running !== undefined) return running;
    const chunk = this.#options
      .readPage(after, limit)
      .then((page) => (page === null ? null : new EventChunk(after, page.last, page.events)))
      .finally(() => this.#pages.delete(key));
    this.#pages.set(key, chunk);
    return chunk;
  }
}

function nextPageRows(rows: number, bytes: number): number {
  const fitting = Math.floor((pageBytes * Math.max(rows, 1)) / Math.max(bytes, 1));
  return Math.min(mostPageRows, Math.max(fewestPageRows, fitting));
}
