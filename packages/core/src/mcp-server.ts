import { z } from "zod";
import { describeForm, isJsonObject, listField } from "./lax-fields.ts";
import { pythonRepr } from "./python-repr.ts";

/** How many MCP servers one agent can have. */
export const maxMcpServers = 20;

/** An MCP server as agents store and return it. Unknown keys are kept. */
export const mcpServerSchema = z.looseObject({
  name: z.string(),
  /** @default "url" */
  type: z.enum(["url", "stdio"]).optional(),
  /** `url` servers. */
  url: z.string().optional(),
  /** `url` servers: headers of every request. */
  headers: z.record(z.string(), z.string()).optional(),
  /** `stdio` servers: the program. */
  command: z.string().optional(),
  /** `stdio` servers: its arguments. */
  args: z.array(z.string()).optional(),
  /** `stdio` servers: its environment. */
  env: z.record(z.string(), z.string()).optional(),
});
/** An MCP server as agents store and return it. See {@link mcpServerSchema}. */
export type McpServer = z.infer<typeof mcpServerSchema>;

/** The first thing wrong with a list of MCP servers, in the wire's order of checks, or null. */
function findMcpServerProblem(servers: readonly unknown[]): string | null {
  const names = new Set<string>();
  for (const [index, server] of servers.entries()) {
    const label = `mcp_servers[${index}]`;
    if (!isJsonObject(server)) return `${label} must be an object`;
    if (!("name" in server)) return `${label} missing required field: name`;
    const type = "type" in server ? server["type"] : "url";
    if (type !== "url" && type !== "stdio") {
      return `${label}: unknown type ${pythonRepr(type)}. Must be one of: ['stdio', 'url']`;
    }
    const required = type === "url" ? "url" : "command";
    if (!(required in server)) return `${label} (${type}): missing required field: ${required}`;
    // Names of any JSON type pass; two are the same when they are written the same.
    const name = pythonRepr(server["name"]);
    if (names.has(name)) return `${label}: duplicate name ${name}`;
    names.add(name);
  }
  return servers.length > maxMcpServers ? `Maximum ${maxMcpServers} MCP servers per agent` : null;
}

const mcpServerForm = describeForm(mcpServerSchema);

/** The `mcp_servers` of a request. Value types are not checked: what was sent is stored. */
export const mcpServersField = () =>
  listField(findMcpServerProblem, { items: mcpServerForm, maxItems: maxMcpServers }).transform(
    (servers) => servers as McpServer[],
  );
