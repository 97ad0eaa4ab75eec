import { AodError } from "@aod/core/errors";

/**
 * Checks the address of a server and removes trailing slashes.
 *
 * @throws AodError `invalid_config` unless it is an absolute http(s) URL without user name, query or fragment.
 */
export function parseBaseUrl(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new AodError("invalid_config", "The base URL must be absolute, such as http://localhost:8777.");
  }
  // Also because an error's url would show the password.
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new AodError("invalid_config", `The base URL ${url.origin} must have no user name, query or fragment.`);
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/**
 * Builds a path of fixed parts and escaped values: pathOf`/agents/${id}/archive`.
 *
 * @throws AodError `invalid_config` for a value that would change the path itself (empty, "." or "..").
 */
export function pathOf(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.reduce((path, part, index) => path + pathSegment(values[index - 1] ?? "") + part);
}

function pathSegment(value: string): string {
  if (/^\.{0,2}$/.test(value)) throw new AodError("invalid_config", `${JSON.stringify(value)} is not an id.`);
  return encodeURIComponent(value);
}
