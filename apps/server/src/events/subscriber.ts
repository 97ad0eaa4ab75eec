import type { Writable } from "node:stream";
import type { LinkedIdentity } from "../store/identities.ts";
import type { EventChunk } from "./event-chunk.ts";

export interface SubscriberOptions {
  /** The API key that it was opened with; null when it was none. */
  readonly keyId: string | null;
  /** The identity of an issuer that it was opened with. @default null */
  readonly identity?: LinkedIdentity | null;
  /** How long what it was opened with is good, where that is known and cannot change. @default Infinity */
  readonly endsInMs?: number;
  /** Events with a higher id are sent. */
  readonly after: number;
  /** Stays for what is appended later; otherwise it ends behind what was stored when it came. */
  readonly follows: boolean;
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
  /** The reader takes more again. */
  readonly onDrain: () => void;
}

/** One connection: a place in a session's log and a socket. It holds no events of its own. */
export class Subscriber {
  readonly keyId: string | null;
  readonly identity: LinkedIdentity | null;
  /** When what it was opened with ends, in the clock's milliseconds. */
  readonly endsAt: number;
  readonly follows: boolean;
  /** Where the log ended when the reader came; null until somebody has looked. */
  endAtArrival: number | null = null;
  /** Everything up to here was sent, or is nothing to send. */
  cursor: number;
  /** The id that this reader would resume from. */
  lastId: number;
  /** When it was last sent an event, in the clock's milliseconds. */
  lastEventAt: number;
  lastHeartbeatAt: number;
  /** Since when the reader has not taken what was written, or the end; null when it has. */
  blockedAt: number | null = null;
  /** A page of older events is on its way. */
  isPaging = false;
  /** How many events the next page may have. */
  pageRows = 200;
  isOver = false;
  readonly #output: Writable;
  readonly #now: () => number;
  #turn: number | null = null;

  constructor(output: Writable, options: SubscriberOptions) {
    this.#output = output;
    this.keyId = options.keyId;
    this.identity = options.identity ?? null;
    this.follows = options.follows;
    this.#now = options.now;
    this.endsAt = options.now() + (options.endsInMs ?? Infinity);
    this.cursor = options.after;
    this.lastId = options.after;
    this.lastEventAt = this.lastHeartbeatAt = options.now();
    output.on("drain", () => {
      this.blockedAt = null;
      options.onDrain();
    });
  }

  writeChunk(chunk: EventChunk): void {
    this.cursor = chunk.last;
    if (chunk.lastId === null) return;
    const { bytes, turn } = chunk.framesAfter(this.#turn);
    this.#turn = turn;
    this.lastId = chunk.lastId;
    this.lastEventAt = this.#now();
    this.write(bytes);
  }

  write(frame: string | Buffer): void {
    if (!this.#output.write(frame)) this.blockedAt ??= this.#now();
  }

  /** Sends the last frame, if there is one, and closes. */
  end(frame?: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.blockedAt ??= this.#now();
    this.#output.end(frame);
  }

  /** Closes without waiting for the reader. */
  drop(): void {
    this.isOver = true;
    this.#output.destroy();
  }
}
