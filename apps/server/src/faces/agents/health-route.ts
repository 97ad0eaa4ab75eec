import { healthSchema } from "@aod/core";
import type { Services } from "../../services.ts";
import { publicRoute, type PublicRoute } from "./face-route.ts";

/** Whether this server can do its work: 503 when a part of it cannot. */
export function healthRoute(services: Services): PublicRoute {
  return publicRoute(
    "/health",
    {
      operationId: "getHealth",
      summary: "Health of the server",
      status: 200,
      answer: healthSchema,
      otherAnswers: { 503: { summary: "A part of the server does not work", answer: healthSchema } },
    },
    async () => {
      const health = await services.health();
      return { status: health.status === "ok" ? 200 : 503, body: health };
    },
  );
}
