import { AodError } from "@aod/core/errors";
import type { AodErrorOptions, ErrorCode } from "@aod/core/errors";

/** What may accompany the message of a {@link StreamError}. */
export interface StreamErrorOptions extends AodErrorOptions {
  /** The HTTP status of the response that is not an event stream. */
  readonly status?: number;
}

/**
 * An event stream could not be opened, read or resumed. `code` tells why: `connection_failed` and `timeout` for a line
 * that broke or fell silent, `invalid_response` for an answer that breaks the protocol, `stream_failed` for the rest.
 */
export class StreamError extends AodError {
  static override readonly brand: string = "StreamError";

  /** The HTTP status of the response that is not an event stream; `undefined` for every other failure. */
  readonly status: number | undefined;

  constructor(code: ErrorCode, message: string, options: StreamErrorOptions = {}) {
    super(code, message, options);
    this.status = options.status;
  }
}

/**
 * The stream is not the one that the server recorded: an event is missing, came twice, came out of order, or differs.
 * Never retried, since what has been delivered so far can't be taken back.
 */
export class StreamIntegrityError extends StreamError {
  static override readonly brand: string = "StreamIntegrityError";

  constructor(message: string) {
    super("stream_integrity", message);
  }
}
