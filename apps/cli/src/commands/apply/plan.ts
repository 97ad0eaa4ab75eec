import { isDeepStrictEqual } from "node:util";
import type { WantedResource } from "./manifest.ts";

/** One field that is to become another value. */
export interface FieldChange {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** What an agent or environment on the server needs to be as the file wants it. */
export interface PlannedChange {
  readonly wanted: WantedResource;
  /** What to send, with the names of the HTTP API; empty when nothing is to do. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly changes: readonly FieldChange[];
}

/** Variables of an environment are never shown, so only the server can compare them. */
const sealed = "env_vars";

/**
 * Compares what is wanted with what is there. What the file does not name stays as it is; what it names is wanted whole.
 *
 * @param fields The wanted fields, references resolved.
 * @param actual The server's, with the names of the HTTP API; null when there is none yet.
 */
export function planChange(
  wanted: WantedResource,
  fields: Readonly<Record<string, unknown>>,
  actual: Readonly<Record<string, unknown>> | null,
): PlannedChange {
  const { name: _name, ...settings } = fields;
  if (actual === null) {
    const given = Object.entries(fields).filter(([, value]) => !isEmpty(value));
    const changes = given.filter(([field]) => field !== "name").map(([field, to]) => ({ field, from: undefined, to }));
    return { wanted, fields: Object.fromEntries(given), changes: hideSecrets(changes) };
  }
  const changes = Object.entries(settings)
    .map(([field, value]) => ({ field, from: actual[field], to: toAnswer(field, value, fields) }))
    .filter(({ field, from, to }) => field === sealed || !isSame(to, from));
  const sent = changes.map(({ field, from }) => [field, toUpdate(field, from, fields[field])]);
  return { wanted, fields: Object.fromEntries(sent) as Record<string, unknown>, changes: hideSecrets(changes) };
}

/** Changes are printed, also by machines that keep what is printed. */
function hideSecrets(changes: readonly FieldChange[]): FieldChange[] {
  return changes.map(({ field, from, to }) => {
    if (field === sealed) return { field, from: undefined, to: hideValues(to as object) };
    return field === "mcp_servers" ? { field, from: hideNested(from), to: hideNested(to) } : { field, from, to };
  });
}

/** Headers and variables of MCP servers often hold keys. */
function hideNested(servers: unknown): unknown {
  if (!Array.isArray(servers)) return servers;
  return servers.map((server: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(
      Object.entries(server).map(([key, value]) => [
        key,
        (key === "headers" || key === "env") && typeof value === "object" && value !== null ? hideValues(value) : value,
      ]),
    ),
  );
}

function hideValues(value: object): Record<string, string> {
  return Object.fromEntries(Object.keys(value).map((name) => [name, "***"]));
}

/** A wanted value as the server answers it once it has it. */
function toAnswer(field: string, value: unknown, agent: Readonly<Record<string, unknown>>): unknown {
  if (field === "networking") {
    const { type = "unrestricted", ...limits } = value as { type?: string };
    return type === "unrestricted" ? { type } : { type, ...limits };
  }
  if (field === "mcp_servers" && Array.isArray(value)) {
    return value.map((server: object) => ({ type: "url", ...server }));
  }
  // An agent that is written with its provider keeps the model's bare name.
  const prefix = `${String(agent["provider"])}/`;
  const isPrefixed = field === "model" && agent["runtime"] === undefined && String(value).startsWith(prefix);
  return isPrefixed ? String(value).slice(prefix.length) : value;
}

function isSame(wanted: unknown, actual: unknown): boolean {
  // The server reads an empty text back as null.
  return isEmpty(wanted) ? isEmpty(actual) : isDeepStrictEqual(wanted, actual);
}

function isEmpty(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === null || value === undefined || value === "";
}

/** An update of metadata is merged: keys that are to go are sent empty. */
function toUpdate(field: string, from: unknown, to: unknown): unknown {
  if (field !== "metadata") return to;
  const gone = Object.keys(from ?? {}).filter((key) => !Object.hasOwn(to as object, key));
  return { ...Object.fromEntries(gone.map((key) => [key, ""])), ...(to as object) };
}
