import { mcpServerSchema, type McpServer } from "@aod/core";
import { z } from "zod";
import { RuntimeConfigError } from "./runtime.ts";

/** An MCP server with the fields of its kind only; every runtime spells them differently. */
export type McpTransport =
  | { readonly kind: "http"; readonly url: string; readonly headers: Readonly<Record<string, string>> | undefined }
  | {
      readonly kind: "stdio";
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>> | undefined;
    };

const fields = mcpServerSchema.shape;
const stdioSchema = z.object({ name: fields.name, command: z.string(), args: fields.args, env: fields.env });
const urlSchema = z.object({ name: fields.name, url: z.string(), headers: fields.headers });

const wanted: Readonly<Record<string, string>> = {
  name: "a string",
  url: "a string",
  headers: "an object whose values are strings",
  command: "a string",
  args: "a list of strings",
  env: "an object whose values are strings",
};

/**
 * Agents keep MCP servers as they were sent; this is where their values are checked.
 *
 * @throws RuntimeConfigError naming the first field that has another type, or is missing.
 */
function toTransport(server: McpServer): McpTransport {
  if (server.type === "stdio") {
    const { command, args, env } = check(stdioSchema, server);
    return { kind: "stdio", command, args: args ?? [], env: nonEmpty(env) };
  }
  const { url, headers } = check(urlSchema, server);
  return { kind: "http", url, headers: nonEmpty(headers) };
}

/** One entry a server, keyed by its name, in the order given. */
export function mapServers<T>(servers: readonly McpServer[], map: (transport: McpTransport, name: string) => T) {
  return Object.fromEntries(servers.map((server) => [server.name, map(toTransport(server), server.name)]));
}

function check<T extends z.ZodType>(schema: T, server: McpServer): z.output<T> {
  const parsed = schema.safeParse(server);
  if (parsed.success) return parsed.data;
  const field = String(parsed.error.issues[0]?.path[0]);
  throw new RuntimeConfigError(`MCP server '${server.name}': ${field} must be ${wanted[field] ?? "valid"}`);
}

function nonEmpty(record: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> | undefined {
  return record !== undefined && Object.keys(record).length > 0 ? record : undefined;
}
