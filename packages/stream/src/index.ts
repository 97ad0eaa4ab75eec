export { decodeEvents } from "./decode-events.ts";
export { EventStream } from "./event-stream.ts";
export { StreamError, StreamIntegrityError, type StreamErrorOptions } from "./errors.ts";
export type {
  ByteReader,
  ByteStream,
  Clock,
  DecodeOptions,
  EventResponse,
  EventStreamOptions,
  StreamEvent,
  UnknownEvent,
} from "./types.ts";
