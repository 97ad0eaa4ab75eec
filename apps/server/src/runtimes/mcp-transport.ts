import type { McpServer } from "./runtime.ts";
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

/** @throws RuntimeConfigError when the field its kind needs is missing. */
export function toTransport(server: McpServer): McpTransport {
  if (server.type === "stdio") {
    if (server.command === undefined) throw new RuntimeConfigError(`MCP server '${server.name}' has no command`);
    return { kind: "stdio", command: server.command, args: server.args ?? [], env: nonEmpty(server.env) };
  }
  if (server.url === undefined) throw new RuntimeConfigError(`MCP server '${server.name}' has no url`);
  return { kind: "http", url: server.url, headers: nonEmpty(server.headers) };
}

/** One entry a server, keyed by its name, in the order given. */
export function mapServers<T>(servers: readonly McpServer[], map: (transport: McpTransport, name: string) => T) {
  return Object.fromEntries(servers.map((server) => [server.name, map(toTransport(server), server.name)]));
}

function nonEmpty(record: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> | undefined {
  return record !== undefined && Object.keys(record).length > 0 ? record : undefined;
}
