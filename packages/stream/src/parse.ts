import { createParser } from "eventsource-parser";
import { StreamError } from "./errors.ts";

/** One dispatched block of a `text/event-stream`. */
export interface SseFrame {
  /** The value of the block's own `id:` line; `undefined` when it has none. */
  readonly id?: string | undefined;
  /** The value of the block's `data:` lines, joined by line feeds. */
  readonly data: string;
}

/**
 * The border to the SSE grammar: a function from the next bytes of one connection, in pieces of any size, to the frames
 * that they complete. It throws a StreamError when an event has grown too long, but not before a call has returned the
 * frames before it.
 */
export function createFrameParser(maxEventLength = 2 ** 26): (bytes: Uint8Array | undefined) => readonly SseFrame[] {
  let frames: SseFrame[] = [];
  // The parser strips the byte order mark; a decoder that does so too would eat a second one.
  const decoder = new TextDecoder("utf8", { ignoreBOM: true });
  const parser = createParser({ maxBufferSize: maxEventLength, onEvent: (frame) => frames.push(frame) });
  return (bytes) => {
    frames = [];
    const text = decoder.decode(bytes, { stream: true });
    try {
      // The parser copies all that it is fed behind the part of an event that it kept. So the rest of the event goes first.
      const end = text.indexOf("\n\n") + 2;
      parser.feed(text.slice(0, end));
      parser.feed(text.slice(end));
    } catch {
      if (!frames.length) {
        throw new StreamError("invalid_response", `An event is longer than maxEventLength, ${maxEventLength}.`);
      }
    }
    return frames;
  };
}
