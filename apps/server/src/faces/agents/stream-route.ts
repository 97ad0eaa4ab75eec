import { serveEventStream } from "../../events/sse.ts";
import { requireSession } from "../../operations/require-row.ts";
import type { Services } from "../../services.ts";
import { readCursor } from "./cursor.ts";
import { FaceError } from "./face-error.ts";
import { route, type KeyedRoute } from "./face-route.ts";

function readFollow(text: string | undefined): boolean {
  if (text === undefined || text === "true") return true;
  if (text === "false") return false;
  throw new FaceError(400, "follow must be true or false");
}

/** The events of a session, from the beginning or after a known one; with `follow=false` only those that are stored. */
export function streamRoute(services: Services): KeyedRoute {
  return route(
    "GET",
    "/sessions/:id/stream",
    {
      operationId: "streamSession",
      summary: "Follow the events of a session",
      status: 200,
      answer: "text/event-stream",
    },
    async (call, reply) => {
      const session = await requireSession(services.store.db, call.ownerId, call.id);
      const lastEventId = call.headers["last-event-id"];
      const after = readCursor(typeof lastEventId === "string" ? lastEventId : undefined, call.query("since"));
      const endsInMs = call.endsAtMs - Date.now();
      const { keyId, identity } = call;
      const options = { after, follows: readFollow(call.query("follow")), keyId, identity, endsInMs };
      reply.hijack();
      const response = reply.raw;
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) response.setHeader(name, value);
      }
      try {
        await serveEventStream({ session, options, services, response });
      } catch (error) {
        // Too late for an answer: a broken connection tells the client to come back to where it was.
        services.logger.error({ err: error, sessionId: session.id }, "an event stream broke");
        response.destroy();
      }
      return null;
    },
  );
}
