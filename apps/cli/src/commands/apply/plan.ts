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
    const given = Object.entries(fields).filter(([, value]) => value !== null);
    const changes = given.filter(([field]) => field !== "name").map(([field, to]) => ({ field, from: undefined, to }));
    return { wanted, fields: Object.fromEntries(given), changes: hideSecrets(changes) };
  }
  const changes = Object.entries(settings)
    .filter(([field, to]) => field === sealed || !isSame(field, to, actual[field]))
    .map(([field, to]) => ({ field, from: field === sealed ? undefined : actual[field], to }));
  const sent = changes.map(({ field, from, to }) => [field, toUpdate(field, from, to)]);
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

function isSame(field: string, wanted: unknown, actual: unknown): boolean {
  // The server reads an empty text back as null.
  if (isEmpty(wanted)) return isEmpty(actual);
  if (field === "networking") return isDeepStrictEqual({ type: "unrestricted", ...(wanted as object) }, actual);
  if (field === "skills" || field === "mcp_servers") return isWithin(wanted, actual);
  return isDeepStrictEqual(wanted, actual);
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}

/** Whether the server's value is the wanted one, but for defaults that it filled in. */
function isWithin(wanted: unknown, actual: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(actual) &&
      wanted.length === actual.length &&
      wanted.every((item, index) => isWithin(item, actual[index]))
    );
  }
  if (typeof wanted !== "object" || wanted === null) return wanted === actual;
  if (typeof actual !== "object" || actual === null) return false;
  return Object.entries(wanted).every(([key, item]) => isWithin(item, (actual as Record<string, unknown>)[key]));
}

/** An update of metadata is merged: keys that are to go are sent empty. Texts are cleared by an empty one. */
function toUpdate(field: string, from: unknown, to: unknown): unknown {
  if (field === "metadata") {
    const gone = Object.keys(from ?? {}).filter((key) => !Object.hasOwn(to ?? {}, key));
    return { ...Object.fromEntries(gone.map((key) => [key, ""])), ...(to as object) };
  }
  return to === null && field !== "environment_id" ? "" : to;
}
