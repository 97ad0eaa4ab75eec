import type { IncomingHttpHeaders } from "node:http";
import type { FastifyReply } from "fastify";
import type { z } from "zod";
import { uuidPattern } from "../../domain/is-uuid.ts";
import type { Caller } from "./authenticate.ts";
import type { RawBody } from "./read-body.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** A request as handlers see it: who, what, and nothing of the framework. */
export interface Call extends Caller {
  /** The UUID in the path; empty on routes without one. */
  readonly id: string;
  /** The number of a turn in the path; 0 on routes without one. */
  readonly turn: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The last value of a query parameter. */
  readonly query: (name: string) => string | undefined;
  /** All of them, by name. */
  readonly queryFields: () => Readonly<Record<string, string>>;
  readonly body: RawBody;
}

export interface Answer {
  readonly status: number;
  /** An object, or the text of one that was serialised before. JSON, unless the headers say otherwise. */
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a route is called and takes, for the OpenAPI document. */
export interface RouteDescription {
  /** Unique, and kept: generated clients name their methods by it. */
  readonly operationId: string;
  readonly summary: string;
  readonly status: number;
  readonly answer: z.ZodType | "text/event-stream" | "text/html";
  readonly request?: z.ZodType;
  /** The body names other rows, which may be missing. */
  readonly refersToRows?: true;
  /** What it answers, by status, in a form of its own: neither the `answer` nor a plain error. */
  readonly otherAnswers?: Readonly<Record<number, { readonly summary: string; readonly answer: z.ZodType }>>;
  /** False for what only the reference's own page asks for. @default true */
  readonly isListed?: false;
  /** The query's parameters, on routes that refuse others. */
  readonly query?: z.ZodObject;
}

interface RouteBase {
  readonly method: Method;
  /** `:id` stands for a lower-case UUID, `:turn` for a number; anything else in their place is no route. */
  readonly path: string;
  readonly describe: RouteDescription;
}

/** A route that needs an API key. */
export interface KeyedRoute extends RouteBase {
  readonly access: "key";
  /** Carried out once for each Idempotency-Key. */
  readonly isRepeatable: boolean;
  /** @returns the answer, or null when the handler has taken the connection over */
  readonly handle: (call: Call, reply: FastifyReply) => Promise<Answer | null>;
}

/** A route that anyone may ask. */
export interface PublicRoute extends RouteBase {
  readonly access: "public";
  readonly handle: () => Promise<Answer>;
}

export type FaceRoute = KeyedRoute | PublicRoute;

/** A route that needs a key and may be carried out more than once. Those that may not are made by `onceRoute`. */
export function route(
  method: Method,
  path: string,
  describe: RouteDescription,
  handle: KeyedRoute["handle"],
): KeyedRoute {
  return { method, path, access: "key", isRepeatable: false, describe, handle };
}

/** A `GET` that anyone may ask. */
export function publicRoute(path: string, describe: RouteDescription, handle: PublicRoute["handle"]): PublicRoute {
  return { method: "GET", path, access: "public", describe, handle };
}

const patterns = { id: uuidPattern, turn: "[1-9][0-9]{0,8}" } as const;

/** Puts something else in the place of a path's parameters. */
export function replaceParameters(path: string, replace: (name: string, pattern: string) => string): string {
  return path.replaceAll(/:(id|turn)\b/g, (_, name: keyof typeof patterns) => replace(name, patterns[name]));
}
