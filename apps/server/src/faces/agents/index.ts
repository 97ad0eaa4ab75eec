import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Services } from "../../services.ts";
import { agentRoutes } from "./agent-routes.ts";
import { answerError } from "./answer-error.ts";
import { createAuthenticate, type Caller } from "./authenticate.ts";
import { environmentRoutes } from "./environment-routes.ts";
import { FaceError } from "./face-error.ts";
import { replaceParameters, type Answer, type Call, type FaceRoute } from "./face-route.ts";
import { healthRoute } from "./health-route.ts";
import { keyRoutes } from "./key-routes.ts";
import { withinScope } from "./key-scopes.ts";
import { findPath, knownPaths, refuseMethod } from "./method-not-allowed.ts";
import { openApiRoute } from "./openapi-route.ts";
import { maxBodyBytes } from "./read-body.ts";
import { referenceRoutes } from "./reference-routes.ts";
import { sessionRoutes } from "./session-routes.ts";
import { streamRoute } from "./stream-route.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Set on routes that need a key, before the body is read. */
    caller: Caller | null;
  }
}

/** Every route of the agents face. What is not in this list does not exist. */
export function agentsFaceRoutes(services: Services): FaceRoute[] {
  const routes: FaceRoute[] = [
    healthRoute(services),
    ...agentRoutes(services),
    ...environmentRoutes(services),
    ...sessionRoutes(services),
    streamRoute(services),
    ...keyRoutes(services),
  ];
  const pages = referenceRoutes();
  return [...routes, ...pages, openApiRoute([...routes, ...pages])];
}

function toCall(request: FastifyRequest, caller: Caller): Call {
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  const { id = "", turn = "0" } = request.params as { id?: string; turn?: string };
  const { body, headers, method } = request;
  return {
    ...caller,
    id,
    turn: Number(turn),
    method,
    path: pathname,
    headers,
    query: (name) => searchParams.getAll(name).at(-1),
    queryFields: () => Object.fromEntries(searchParams),
    body: { bytes: Buffer.isBuffer(body) ? body : Buffer.alloc(0), encoding: headers["content-encoding"] },
  };
}

function send(reply: FastifyReply, { status, body, headers = {} }: Answer): FastifyReply {
  reply.code(status).headers(headers);
  if (body === "") return reply.send();
  if (!reply.hasHeader("content-type")) reply.type("application/json");
  return reply.send(typeof body === "string" ? body : JSON.stringify(body));
}

/** Answers whatever was thrown. The one place where errors become responses. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error === request.raw.errored) {
    // Nothing is wrong with the server, and nobody is left to read an answer.
    request.log.debug("a client broke off within its request");
    return send(reply, { status: 400, body: { detail: "Request body is not complete" } });
  }
  const { answer, fault } = answerError(error);
  if (fault !== undefined) request.log.error({ fault, status: answer.status }, "request failed");
  return send(reply, answer);
}

/** Registers the face on an application. */
export function agentsFace(app: FastifyInstance, services: Services): void {
  const authenticate = createAuthenticate(services);
  const routes = agentsFaceRoutes(services);
  const paths = knownPaths(routes);

  app.decorateRequest("caller", null);
  // The body is JSON whatever its Content-Type says, and is judged after the key and, on some routes, after the row.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: maxBodyBytes }, (_request, body, done) => {
    done(null, body);
  });
  app.setErrorHandler(sendError);
  // Before the body is read: nobody gets to send one to a path that does not exist, or with a method that it does not take.
  app.addHook("onRequest", async (request) => {
    // The framework refuses a Content-Type that it cannot read; here it says nothing.
    if (request.headers["content-type"] !== undefined) request.raw.headers["content-type"] = "application/json";
    if (!request.is404) return;
    const path = findPath(paths, request.url);
    if (path === undefined) throw new FaceError(404, "Not found");
    await refuseMethod(path, () => authenticate(request.headers));
  });

  for (const route of routes) {
    const url = replaceParameters(route.path, (name, pattern) => `:${name}(^${pattern}$)`);
    if (route.access === "public") {
      app.route({ method: route.method, url, handler: async (_request, reply) => send(reply, await route.handle()) });
      continue;
    }
    app.route({
      method: route.method,
      url,
      onRequest: async (request) => {
        request.caller = await authenticate(request.headers);
      },
      handler: async (request, reply) => {
        if (request.caller === null) throw new Error("a route without its caller");
        const call = toCall(request, request.caller);
        const answer = await withinScope(services, route, call, () => route.handle(call, reply));
        return answer === null ? reply : send(reply, answer);
      },
    });
  }
}
