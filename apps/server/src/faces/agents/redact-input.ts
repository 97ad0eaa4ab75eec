const secretKeys: ReadonlySet<PropertyKey> = new Set([
  "env_vars",
  "secret_env_vars",
  "authorization_token",
  // Of MCP servers.
  "headers",
  "env",
]);
const redacted = "[redacted]";

const maxCharacters = 1_000;
const maxEntries = 100;
const maxDepth = 10;

/**
 * What an error may repeat of what was sent: never what stands under a secret key, and never so much that a large request
 * becomes an even larger answer.
 *
 * @param path where `input` stood in the request
 */
export function redactInput(path: readonly PropertyKey[], input: unknown): unknown {
  return path.some((key) => secretKeys.has(key)) ? redacted : copy(input, 0);
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value === "string") return value.length > maxCharacters ? `${value.slice(0, maxCharacters)}…` : value;
  if (typeof value !== "object" || value === null) return value;
  if (depth === maxDepth) return "…";
  if (Array.isArray(value)) return value.slice(0, maxEntries).map((entry) => copy(entry, depth + 1));
  const entries = Object.entries(value).slice(0, maxEntries);
  return Object.fromEntries(
    entries.map(([key, entry]) => [key, secretKeys.has(key) ? redacted : copy(entry, depth + 1)]),
  );
}
