import type { McpServer } from "@aod/core";
import type { Keyring } from "./keyring.ts";

/** Every text within a JSON value replaced; everything else stays. */
function mapTexts(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === "string") return replace(value);
  if (Array.isArray(value)) return value.map((entry) => mapTexts(entry, replace));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, mapTexts(entry, replace)]));
}

function mapSecrets(servers: readonly McpServer[], replace: (text: string) => string): McpServer[] {
  return servers.map((server) => ({
    ...server,
    ...("headers" in server && { headers: mapTexts(server.headers, replace) as McpServer["headers"] }),
    ...("env" in server && { env: mapTexts(server.env, replace) as McpServer["env"] }),
  }));
}

/** MCP servers as they are stored: the values of `headers` and `env`, which hold their tokens, are sealed one by one. */
export function sealMcpServers(keyring: Keyring, context: string, servers: readonly McpServer[]): McpServer[] {
  return mapSecrets(servers, (text) => keyring.seal(text, context));
}

/**
 * What {@link sealMcpServers} sealed for the same place.
 *
 * @throws SealError
 */
export function openMcpServers(keyring: Keyring, context: string, servers: readonly McpServer[]): McpServer[] {
  return mapSecrets(servers, (text) => keyring.open(text, context));
}
