import { encodeEvent } from "@aod/stream/encode";
import type { StoredEvent } from "./event-log.ts";

/** A stretch of a session's log, made into bytes once for everybody who reads it. */
export class EventChunk {
  /** Holds everything of the log behind this seq ... */
  readonly after: number;
  /** ... up to and with this one. */
  readonly last: number;
  readonly eventCount: number;
  /** Of the frames, about. */
  readonly byteLength: number;
  /** Seq of the last event in it, null when it has none. */
  readonly lastId: number | null;
  readonly #events: readonly StoredEvent[];
  readonly #firstTurn: number | null;
  readonly #lastTurn: number | null;
  readonly #beforeTurn: string;
  readonly #turnStart: string;
  readonly #rest: string;
  #plain: Buffer | undefined;
  #announced: Buffer | undefined;

  /** @param events In order, without terminal ones. */
  constructor(after: number, last: number, events: readonly StoredEvent[]) {
    this.after = after;
    this.last = last;
    this.#events = events;
    this.eventCount = events.length;
    this.lastId = events.at(-1)?.seq ?? null;
    let beforeTurn = "";
    let turnStart = "";
    let rest = "";
    let firstTurn: number | null = null;
    let lastTurn: number | null = null;
    for (const { seq, turn, data } of events) {
      if (turn !== null && turn !== lastTurn) {
        const announcement = encodeEvent({ data: `{"type":"turn_start","id":${seq},"turn":${turn}}` });
        if (firstTurn === null) turnStart = announcement;
        else rest += announcement;
        firstTurn ??= turn;
        lastTurn = turn;
      }
      const frame = encodeEvent({ id: seq, data });
      if (firstTurn === null) beforeTurn += frame;
      else rest += frame;
    }
    this.#firstTurn = firstTurn;
    this.#lastTurn = lastTurn;
    this.#beforeTurn = beforeTurn;
    this.#turnStart = turnStart;
    this.#rest = rest;
    this.byteLength = beforeTurn.length + turnStart.length + rest.length;
  }

  /** The bytes for a connection that has last seen an event of `turn`, and the turn that it has seen after them. */
  framesAfter(turn: number | null): { readonly bytes: Buffer; readonly turn: number | null } {
    const bytes =
      this.#firstTurn === turn
        ? (this.#plain ??= Buffer.from(this.#beforeTurn + this.#rest))
        : (this.#announced ??= Buffer.from(this.#beforeTurn + this.#turnStart + this.#rest));
    return { bytes, turn: this.#lastTurn ?? turn };
  }

  /** What of it is behind `cursor`. */
  behind(cursor: number): EventChunk {
    if (cursor <= this.after) return this;
    return new EventChunk(
      cursor,
      this.last,
      this.#events.filter(({ seq }) => seq > cursor),
    );
  }
}
