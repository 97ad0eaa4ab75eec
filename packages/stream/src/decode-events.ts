import { EventReader } from "./event-reader.ts";
import { iterate } from "./iterate.ts";
import type { ByteStream, DecodeOptions, StreamEvent } from "./types.ts";

/**
 * Decodes the body of one `text/event-stream` response, for example of `fetch`, until it ends. It does not reconnect,
 * verify or look for a terminal event: that is what {@link EventStream} is for. Leaving the loop, a scope
 * of `await using`, or an abort of `options.signal` cancels the body; the abort's reason is thrown as it is.
 *
 * As the specification demands, an event that the end of the body cuts off is not delivered.
 *
 * @throws StreamError with the code `invalid_response` on an event that is too long or not a JSON object, after all
 *   events before it were delivered; what reading the body throws is passed on as it is
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function decodeEvents(
  body: ByteStream,
  options: DecodeOptions = {},
): AsyncIterableIterator<StreamEvent, undefined> & AsyncDisposable {
  return iterate(new EventReader(body, options.maxEventLength), options.signal);
}
