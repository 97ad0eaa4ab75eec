import type { ProvisionRequest } from "./provision-request.ts";

/** Shorter values stand in texts by chance, and masking them would leave nothing to read. */
const MIN_LENGTH = 6;
/** The end of what a sandbox keeps of a long output holds at least so many characters, with no gap between them. */
const WINDOW_CHARACTERS = 32 * 1024;

/** Where a session's secrets are. */
export type SecretHolder = Pick<ProvisionRequest, "envVars" | "secretEnvVars" | "repositories" | "mcpServers">;

/** The text with the session's secret values masked: what failed commands print may hold them. */
export function redact(text: string, holder: SecretHolder): string {
  return mask(text, secretValues(holder));
}

/** The last characters of a text that may be long, masked before it is cut: half a value would not be recognised. */
export function redactedEnd(text: string, holder: SecretHolder, length: number): string {
  const values = secretValues(holder);
  const masked = mask(text.slice(-WINDOW_CHARACTERS), values);
  // The window may begin in the middle of a value.
  const cut = text.length > WINDOW_CHARACTERS ? (values[0]?.length ?? 0) : 0;
  return masked.slice(cut).slice(-length);
}

function mask(text: string, values: readonly string[]): string {
  return values.reduce((masked, value) => masked.replaceAll(value, "***"), text);
}

/** Longest first: one may be part of another. */
function secretValues({ envVars, secretEnvVars, repositories, mcpServers }: SecretHolder): string[] {
  const tokens = repositories.flatMap(({ token }) => (token === null ? [] : [token, encodeURIComponent(token)]));
  const headers = mcpServers.flatMap((server) => textsOf(server.headers));
  const values = [
    ...Object.values(secretEnvVars),
    ...Object.values(envVars),
    ...tokens,
    ...mcpServers.flatMap((server) => textsOf(server.env)),
    ...headers,
    // `Bearer <token>`: programs print the token alone.
    ...headers.map((header) => header.replace(/^\S+\s+/, "")),
  ];
  return values
    .map((value) => value.trim())
    .filter((value) => value.length >= MIN_LENGTH)
    .sort((a, b) => b.length - a.length);
}

/** Agents keep MCP servers as they were sent, and what is wrong with them is said in a later stage. */
function textsOf(record: unknown): string[] {
  return Object.values(Object(record) as object).filter((value) => typeof value === "string");
}
