import type { ServerResponse } from "node:http";
import { encodeEvent } from "@aod/stream/encode";
import type { ServeOptions, SessionFeeds } from "./session-feeds.ts";

/** What the first event of a connection says. */
export interface StreamedSession {
  readonly id: string;
  readonly runtime: string;
  readonly provider: string;
}

/**
 * Answers with a session's event stream and keeps it open until it ends. The caller has checked everything; headers that
 * it set on `response` are kept.
 *
 * @returns when the connection is closed.
 */
export async function serveEventStream(request: {
  readonly session: StreamedSession;
  readonly options: ServeOptions;
  readonly services: { readonly feeds: SessionFeeds };
  readonly response: ServerResponse;
}): Promise<void> {
  const { session, options, services, response } = request;
  response.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
  });
  const { id, runtime, provider } = session;
  response.write(encodeEvent({ data: JSON.stringify({ type: "start", runtime, provider, session_id: id }) }));
  await services.feeds.serve(id, options, response);
}
