import type { IncomingHttpHeaders } from "node:http";
import type { FastifyReply } from "fastify";
import type { z } from "zod";
import type { Caller } from "./authenticate.ts";
import type { RawBody } from "./read-body.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** A request as handlers see it: who, what, and nothing of the framework. */
export interface Call extends Caller {
  /** The UUID in the path; empty on routes without one. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The last value of a query parameter. */
  readonly query: (name: string) => string | undefined;
  readonly body: RawBody;
}

export interface Answer {
  readonly status: number;
  /** An object, or the text of one that was serialised before. */
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a route is called and takes, for the OpenAPI document. */
export interface RouteDescription {
  readonly summary: string;
  readonly status: number;
  readonly answer: z.ZodType | "text/event-stream";
  readonly request?: z.ZodType;
}

interface RouteBase {
  readonly method: Method;
  /** `:id` stands for a lower-case UUID; anything else in its place is no route. */
  readonly path: string;
  readonly describe: RouteDescription;
}

/** A route that needs an API key. */
export interface KeyedRoute extends RouteBase {
  readonly access: "key";
  /** @returns the answer, or null when the handler has taken the connection over */
  readonly handle: (call: Call, reply: FastifyReply) => Promise<Answer | null>;
}

/** A route that anyone may ask. */
export interface PublicRoute extends RouteBase {
  readonly access: "public";
  readonly handle: () => Promise<Answer>;
}

export type FaceRoute = KeyedRoute | PublicRoute;

/** The lower-case form is the only one that the original's route converter takes (wire/aod 1). */
export const uuidPattern = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
