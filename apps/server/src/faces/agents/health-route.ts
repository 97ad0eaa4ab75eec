import { healthSchema } from "@aod/core";
import type { Services } from "../../services.ts";
import type { PublicRoute } from "./face-route.ts";

/** Whether this server can do its work: 503 when a part of it cannot. */
export function healthRoute(services: Services): PublicRoute {
  return {
    ...{ method: "GET", path: "/health", access: "public" },
    describe: { summary: "Health of the server", status: 200, answer: healthSchema },
    handle: async () => {
      const health = await services.health();
      return { status: health.status === "ok" ? 200 : 503, body: health };
    },
  };
}
