import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from "fastify";
import { agentsFace, sendError } from "./faces/agents/index.ts";
import { corsHeaders, preflight } from "./faces/agents/cors.ts";
import type { Services } from "./services.ts";
import { WarningLimit } from "./warning-limit.ts";

/** A request has this long to arrive; answers, such as streams, may take any time. */
const requestTimeoutMs = 120_000;

/** What the parser of HTTP could not take; anything else is a bad request. */
const rejections: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** Answers a client before there is a request: its bytes were no HTTP, too many, or too late. */
function rejectConnection(code: string, socket: Duplex, logger: FastifyBaseLogger, warnings: WarningLimit): void {
  if (!socket.writable) return;
  const status = rejections[code] ?? "400 Bad Request";
  const requestId = randomUUID();
  logger[warnings.levelOf(code)](
    { reqId: requestId, code, status },
    "a connection was refused before there was a request",
  );
  const body = JSON.stringify({ detail: status.slice("400 ".length) });
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nX-Request-Id: ${requestId}`;
  socket.end(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}

/**
 * Builds the HTTP application on open services. It does not listen, and closing it leaves the services open.
 */
export function buildApp(services: Services): FastifyInstance {
  // Named by its general type: it would become a part of the application's type otherwise.
  const loggerInstance: FastifyBaseLogger = services.logger;
  const warnings = new WarningLimit();
  const app = fastify({
    loggerInstance,
    // Its request lines hold the URL at every level; ours, below, hold the route and come at `debug`.
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: requestTimeoutMs,
    genReqId: () => randomUUID(),
    exposeHeadRoutes: false,
    frameworkErrors: (error, request, reply) => {
      reply.header("x-request-id", request.id);
      void sendError(error, request, reply);
    },
    clientErrorHandler: (error, socket) => rejectConnection(error.code, socket, loggerInstance, warnings),
  });
  const { corsOrigins } = services.env;

  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    const allowed = corsHeaders(corsOrigins, request.headers);
    reply.headers(allowed);
    const answer = preflight(request.method, request.headers, allowed);
    return answer === null ? undefined : reply.code(204).headers(answer).send();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const { method, routeOptions } = request;
    const entry = { method, route: routeOptions.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
    request.log.debug(entry, "request");
    done();
  });

  agentsFace(app, services);
  return app;
}
