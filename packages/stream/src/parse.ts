import { createParser } from "eventsource-parser";
import { StreamError } from "./errors.ts";

/** One dispatched block of a `text/event-stream`. */
export interface SseFrame {
  /** The value of the block's own `id:` line; `undefined` when it has none. */
  readonly id?: string | undefined;
  /** The value of the block's `data:` lines, joined by line feeds. */
  readonly data: string;
}

/** Turns the bytes of one connection, in pieces of any size, into frames. */
export interface FrameParser {
  /** The frames that these next bytes complete. */
  parse(bytes: Uint8Array): SseFrame[];
  /** Why nothing more can be parsed. */
  readonly failure: StreamError | undefined;
}

/** The border to the SSE grammar. */
export function createFrameParser(maxEventLength = 2 ** 26): FrameParser {
  let frames: SseFrame[] = [];
  let failure: StreamError | undefined;
  // The parser strips the byte order mark; a decoder that does so too would eat a second one.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const parser = createParser({
    maxBufferSize: maxEventLength,
    onEvent: (frame) => frames.push(frame),
    onError: ({ type }) => {
      // Everything else that it reports is a line which the specification tells readers to ignore.
      if (type !== "max-buffer-size-exceeded") return;
      failure = new StreamError("invalid_response", `An event is longer than maxEventLength, ${maxEventLength}.`);
    },
  });
  return {
    parse(bytes) {
      frames = [];
      parser.feed(decoder.decode(bytes, { stream: true }));
      return frames;
    },
    get failure() {
      return failure;
    },
  };
}
