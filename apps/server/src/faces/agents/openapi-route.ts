import { errorBodySchema, quotaErrorSchema } from "@aod/core";
import { z } from "zod";
import { replaceParameters, type FaceRoute, type PublicRoute, type RouteDescription } from "./face-route.ts";

type Io = "input" | "output";

function toJsonSchema(schema: z.ZodType, io: Io): object {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return json;
}

function jsonContent(schema: z.ZodType, io: Io): object {
  return { content: { "application/json": { schema: toJsonSchema(schema, io) } } };
}

function describeAnswer({ answer, summary }: RouteDescription): object {
  if (answer !== "text/event-stream") return { description: summary, ...jsonContent(answer, "output") };
  return { description: summary, content: { "text/event-stream": { schema: { type: "string" } } } };
}

const idParameter = { name: "id", in: "path", required: true, schema: { type: "string", format: "uuid" } };

const turnParameter = { name: "turn", in: "path", required: true, schema: { type: "integer", minimum: 1 } };

/** The query's parameters from the schema that checks them. */
function queryParameters(query: z.ZodObject): object[] {
  const { properties = {} } = z.toJSONSchema(query, { io: "input", unrepresentable: "any" });
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

function describeRoute(route: FaceRoute): object {
  const { describe, path } = route;
  const isStream = describe.answer === "text/event-stream";
  const parameters = [
    ...(path.includes(":id") ? [idParameter] : []),
    ...(path.includes(":turn") ? [turnParameter] : []),
    ...(isStream ? streamParameters : []),
    ...(describe.query === undefined ? [] : queryParameters(describe.query)),
  ];
  return {
    summary: describe.summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(describe.request === undefined
      ? {}
      : { requestBody: { required: true, ...jsonContent(describe.request, "input") } }),
    responses: {
      [describe.status]: describeAnswer(describe),
      ...(path === "/sessions" && route.method === "POST"
        ? { "429": { description: "Concurrent session limit reached", ...jsonContent(quotaErrorSchema, "output") } }
        : {}),
      default: { $ref: "#/components/responses/Error" },
    },
    ...(route.access === "public" ? { security: [] } : {}),
  };
}

/** The OpenAPI 3.1 document of a route table, from the schemas that check requests. */
export function describeApi(routes: readonly FaceRoute[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const operations = (paths[replaceParameters(route.path, (name) => `{${name}}`)] ??= {});
    operations[route.method.toLowerCase()] = describeRoute(route);
  }
  return {
    openapi: "3.1.0",
    info: { title: "Agent on Demand", version: "1" },
    security: [{ bearer: [] }, { apiKey: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        apiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
      },
      responses: { Error: { description: "What went wrong", ...jsonContent(errorBodySchema, "output") } },
    },
  };
}

/** Serves the document; made once, because schemas do not change while a server runs. */
export function openApiRoute(routes: readonly FaceRoute[]): PublicRoute {
  let document: object | undefined;
  return {
    ...{ method: "GET", path: "/openapi.json", access: "public" },
    describe: { summary: "This document", status: 200, answer: z.looseObject({}) },
    handle: () => Promise.resolve({ status: 200, body: (document ??= describeApi(routes)) }),
  };
}
