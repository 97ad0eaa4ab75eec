import type { McpServer } from "@aod/core";
import type { Keyring } from "./keyring.ts";

/**
 * MCP servers as they are stored: each is sealed as a whole, because tokens stand in headers and variables, but also in
 * addresses, arguments and fields that only a runtime knows. The name stays readable beside it.
 */
export function sealMcpServers(keyring: Keyring, context: string, servers: readonly McpServer[]): McpServer[] {
  return servers.map((server) => ({ name: server.name, sealed: keyring.seal(JSON.stringify(server), context) }));
}

/**
 * What {@link sealMcpServers} sealed for the same place, as it was sent.
 *
 * @throws SealError
 */
export function openMcpServers(keyring: Keyring, context: string, servers: readonly McpServer[]): McpServer[] {
  return servers.map(({ sealed }) => JSON.parse(keyring.open(sealed as string, context)) as McpServer);
}
