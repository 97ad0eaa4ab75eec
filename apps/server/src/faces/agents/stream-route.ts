import { serveEventStream } from "../../events/sse.ts";
import type { Services } from "../../services.ts";
import { readCursor } from "./cursor.ts";
import type { KeyedRoute } from "./face-route.ts";
import { requireSession } from "./session-routes.ts";

/** The events of a session, from the beginning or after a known one (wire/aod 9). */
export function streamRoute(services: Services): KeyedRoute {
  return {
    ...{ method: "GET", path: "/sessions/:id/stream", access: "key" },
    describe: { summary: "Follow the events of a session", status: 200, answer: "text/event-stream" },
    handle: async (call, reply) => {
      const session = await requireSession(services.store.db, call);
      const lastEventId = call.headers["last-event-id"];
      const after = readCursor(typeof lastEventId === "string" ? lastEventId : undefined, call.query("since"));
      reply.hijack();
      const response = reply.raw;
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) response.setHeader(name, value);
      }
      try {
        await serveEventStream({ session, after, services, response });
      } catch (error) {
        // Too late for an answer: a broken connection tells the client to come back to where it was.
        services.logger.error({ err: error, sessionId: session.id }, "an event stream broke");
        response.destroy();
      }
      return null;
    },
  };
}
