import { errorBodySchema } from "@aod/core";
import { z } from "zod";
import { readVersion } from "../../version.ts";
import {
  publicRoute,
  replaceParameters,
  type FaceRoute,
  type PublicRoute,
  type RouteDescription,
} from "./face-route.ts";
import { idempotencyKeyPattern } from "./idempotent.ts";
import { isOpenToLimitedKeys } from "./key-scopes.ts";
import { nameSchemas, toJsonSchema, type Io } from "./openapi-schemas.ts";

function jsonContent(schema: z.ZodType, io: Io): object {
  return { "application/json": { schema: toJsonSchema(schema, io) } };
}

function describeAnswer({ answer, summary }: RouteDescription): object {
  const content =
    typeof answer === "string" ? { [answer]: { schema: { type: "string" } } } : jsonContent(answer, "output");
  return { description: summary, content };
}

function toResponses(answers: RouteDescription["otherAnswers"] = {}): object {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { summary, answer }]) => [
      status,
      { description: summary, content: jsonContent(answer, "output") },
    ]),
  );
}

const idParameter = { name: "id", in: "path", required: true, schema: { type: "string", format: "uuid" } };

const turnParameter = { name: "turn", in: "path", required: true, schema: { type: "integer", minimum: 1 } };

/** The query's parameters from the schema that checks them. */
function queryParameters(query: z.ZodObject): object[] {
  const { properties = {} } = toJsonSchema(query, "input") as { properties?: Readonly<Record<string, object>> };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: "query", schema }));
}

const streamParameters = [
  { name: "since", in: "query", schema: { type: "integer" }, description: "Only events with a higher id." },
  { name: "Last-Event-ID", in: "header", schema: { type: "integer" }, description: "The same; wins over since." },
  {
    name: "follow",
    in: "query",
    schema: { type: "boolean", default: true },
    description: "false ends behind what is stored now.",
  },
];

const idempotencyKeyParameter = {
  name: "Idempotency-Key",
  in: "header",
  schema: { type: "string", pattern: idempotencyKeyPattern.source },
  description: "The request is carried out once for each key, within 24 hours; repeats get the first answer.",
};

/** The answers that are the same for many routes, by status. */
const refusals: Readonly<Record<number, { readonly name: string; readonly description: string }>> = {
  400: { name: "BadRequest", description: "The request could not be understood." },
  401: { name: "Unauthorized", description: "The API key or token is missing, unknown, revoked or expired." },
  403: { name: "Forbidden", description: "The API key is limited to some agents and may not do this." },
  404: { name: "NotFound", description: "There is no such thing, or it belongs to someone else." },
  409: { name: "Conflict", description: "The current state does not allow this." },
  422: { name: "Invalid", description: "Fields that were refused, or why the values do not fit together." },
};

function refusalsOf(route: FaceRoute): number[] {
  const { describe, method, path } = route;
  const isKeyed = route.access === "key";
  const isRepeatable = isKeyed && route.isRepeatable;
  const hasId = path.includes(":id");
  const takesFields = describe.request !== undefined || describe.query !== undefined;
  const isStream = describe.answer === "text/event-stream";
  const found: Readonly<Record<number, boolean>> = {
    400: describe.request !== undefined || isRepeatable || isStream,
    401: isKeyed,
    403: isKeyed && !isOpenToLimitedKeys(route),
    404: hasId || describe.refersToRows === true,
    409: isRepeatable || (hasId && method !== "GET"),
    422: takesFields || isRepeatable,
  };
  return Object.keys(refusals)
    .map(Number)
    .filter((status) => found[status] === true);
}

function describeRoute(route: FaceRoute): object {
  const { describe, path } = route;
  const isRepeatable = route.access === "key" && route.isRepeatable;
  const parameters = [
    ...(path.includes(":id") ? [idParameter] : []),
    ...(path.includes(":turn") ? [turnParameter] : []),
    ...(describe.answer === "text/event-stream" ? streamParameters : []),
    ...(describe.query === undefined ? [] : queryParameters(describe.query)),
    ...(isRepeatable ? [idempotencyKeyParameter] : []),
  ];
  const refused = refusalsOf(route).map((status) => {
    return [status, { $ref: `#/components/responses/${refusals[status]?.name ?? "Error"}` }] as const;
  });
  return {
    operationId: describe.operationId,
    summary: describe.summary,
    tags: [path.split("/")[1] ?? ""],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(describe.request === undefined
      ? {}
      : { requestBody: { required: true, content: jsonContent(describe.request, "input") } }),
    responses: {
      [describe.status]: describeAnswer(describe),
      ...Object.fromEntries(refused),
      ...toResponses(describe.otherAnswers),
      default: { $ref: "#/components/responses/Error" },
    },
    ...(route.access === "public" ? { security: [] } : {}),
  };
}

/** The OpenAPI 3.1 document of a route table, from the schemas that check requests. */
function describeApi(routes: readonly FaceRoute[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    if (route.describe.isListed === false) continue;
    const operations = (paths[replaceParameters(route.path, (name) => `{${name}}`)] ??= {});
    operations[route.method.toLowerCase()] = describeRoute(route);
  }
  return nameSchemas({
    openapi: "3.1.0",
    info: { title: "Agent on Demand", version: readVersion() },
    security: [{ bearer: [] }, { apiKey: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "An API key, or a JWT of the issuer that this server was set up to trust.",
        },
        apiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
      },
      responses: Object.fromEntries(
        [...Object.values(refusals), { name: "Error", description: "What went wrong." }].map(
          ({ name, description }) => [name, { description, content: jsonContent(errorBodySchema, "output") }],
        ),
      ),
    },
  });
}

/** Serves the document; made once, because schemas do not change while a server runs. */
export function openApiRoute(routes: readonly FaceRoute[]): PublicRoute {
  let document: object | undefined;
  return publicRoute(
    "/openapi.json",
    { operationId: "getOpenApi", summary: "This document", status: 200, answer: z.looseObject({}) },
    () => Promise.resolve({ status: 200, body: (document ??= describeApi(routes)) }),
  );
}
