import { createFrameParser } from "./parse.ts";
import type { SseFrame } from "./parse.ts";
import { parseFrames, parseJson, toEvent } from "./to-event.ts";
import type { ByteReader, ByteStream, StreamEvent } from "./types.ts";

// From here on, joining the JSON of events costs more than parsing it at once saves.
const largeEventBytes = 1_024;

/** The events of one connection. Whole chunks are parsed at once, so that most events need no waiting. */
export class EventReader {
  /** The frame of the event that was taken last; `undefined` when there was none to take. */
  frame: SseFrame | undefined;
  readonly #reader: ByteReader;
  readonly #parse: ReturnType<typeof createFrameParser>;
  #frames: readonly SseFrame[] = [];
  #values: readonly unknown[] | undefined;
  #next = 0;

  constructor(body: ByteStream, maxEventLength?: number) {
    this.#reader = body.getReader();
    this.#parse = createFrameParser(maxEventLength);
  }

  /** The next event that has arrived, if any. @throws StreamError when it is not a JSON object */
  take(): StreamEvent | undefined {
    const index = this.#next++;
    const frame = (this.frame = this.#frames[index]);
    return frame && toEvent(frame, this.#values?.[index] ?? parseJson(frame.data));
  }

  /**
   * Waits for the next chunk; false at the end of the connection.
   *
   * @throws StreamError after all events before one that is too long
   */
  async fill(): Promise<boolean> {
    const { done, value: bytes } = await this.#reader.read();
    const frames = (this.#frames = this.#parse(bytes));
    this.#values = bytes && bytes.length < largeEventBytes * frames.length ? parseFrames(frames) : undefined;
    this.#next = 0;
    return !done;
  }

  /** Gives the connection up. */
  close(): void {
    // A connection that broke rejects here with what `fill` has thrown already.
    this.#reader.cancel().catch(() => undefined);
  }
}
