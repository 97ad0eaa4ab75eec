import type { StreamError } from "./errors.ts";
import { createFrameParser } from "./parse.ts";
import type { SseFrame } from "./parse.ts";
import type { ByteReader, ByteStream } from "./types.ts";

/** The frames of one connection. Whole chunks are parsed at once, so that most frames need no waiting. */
export class FrameReader {
  readonly #reader: ByteReader;
  readonly #parse: (bytes: Uint8Array) => (SseFrame | StreamError)[];
  #frames: (SseFrame | StreamError)[] = [];
  #next = 0;

  constructor(body: ByteStream, maxEventLength?: number) {
    this.#reader = body.getReader();
    this.#parse = createFrameParser(maxEventLength);
  }

  /** The next frame that has arrived, if any. @throws StreamError where reading can't go on */
  take(): SseFrame | undefined {
    const frame = this.#frames[this.#next++];
    if (frame instanceof Error) throw frame;
    return frame;
  }

  /** Waits for the next chunk; false at the end of the connection. */
  async fill(): Promise<boolean> {
    const { done, value } = await this.#reader.read();
    this.#frames = value ? this.#parse(value) : [];
    this.#next = 0;
    return !done;
  }

  /** Gives the connection up. */
  cancel(): void {
    // A connection that broke rejects here with what `fill` has thrown already.
    this.#reader.cancel().catch(() => undefined);
  }
}
